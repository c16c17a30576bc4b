<?php

// No pattern: what ../sessions.py asks for. It never says another visitor's name.

return static function (): mixed {
    session_start();
    $_SESSION['name'] = $_GET['sign-in'] ?? $_SESSION['name'] ?? null;
    $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    header('X-Who: ' . json_encode([$_SESSION['name'], $_SESSION['count']]));
    if (($_GET['how'] ?? '') === 'exit') {
        exit;
    }
    return $_SESSION['name'];
};
