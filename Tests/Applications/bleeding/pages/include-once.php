<?php

// A file that include_once brings does its work for the first request only. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $settings = include_once dirname(__DIR__) . '/settings.php';
    return is_array($settings) ? null : 'no settings';
};
