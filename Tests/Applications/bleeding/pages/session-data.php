<?php

// $_SESSION shows the last visitor's data to one who starts no session. Source: GHSA-r3xh-3r3w-47gp

return static function (string $visitor): mixed {
    $seen = $_SESSION['visitor'] ?? null;
    session_start();
    $_SESSION['visitor'] = $visitor;
    return $seen;
};
