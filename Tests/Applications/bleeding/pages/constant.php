<?php

// A constant is defined by the first request: later ones cannot have their own. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    defined('VISITOR') || define('VISITOR', $visitor);
    return VISITOR === $visitor ? null : VISITOR;
};
