<?php

// What a request writes into superglobals is taken for input by the next. Source: php/frankenphp#767,
// php/frankenphp#1814

return static function (string $visitor): mixed {
    $seen = [$_SERVER['HTTP_X_USER'] ?? null, $_POST['user'] ?? null, $_COOKIE['user'] ?? null];
    $seen[] = $_REQUEST['user'] ?? null;
    $_SERVER['HTTP_X_USER'] = $_POST['user'] = $_COOKIE['user'] = $_REQUEST['user'] = $_GET['user'] = $visitor;
    return $seen;
};
