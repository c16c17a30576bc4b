<?php

// A setting is changed with ini_set and not put back. Source: php/frankenphp#2139

return static function (string $visitor): mixed {
    $seen = [ini_get('precision'), ini_get('memory_limit'), error_reporting()];
    ini_set('precision', '5');
    ini_set('memory_limit', '1G');
    error_reporting(0);
    return $seen;
};
