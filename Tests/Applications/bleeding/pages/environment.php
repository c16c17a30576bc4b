<?php

// putenv and $_ENV keep a visitor's value. Source: php/frankenphp#314, php/frankenphp#1061

return static function (string $visitor): mixed {
    $seen = [getenv('VISITOR'), $_ENV['VISITOR'] ?? null];
    putenv("VISITOR=$visitor");
    $_ENV['VISITOR'] = $visitor;
    return $seen;
};
