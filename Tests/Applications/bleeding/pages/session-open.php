<?php

// A session is started and not closed. Source: php/frankenphp#85

return static function (string $visitor): mixed {
    $seen = session_status() === PHP_SESSION_ACTIVE;
    $seen || session_start();
    return $seen;
};
