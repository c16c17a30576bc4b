<?php

// mbstring's encoding, order and substitute character are set for one request. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $seen = [mb_internal_encoding(), mb_substitute_character(), mb_detect_order(), mb_language()];
    mb_internal_encoding('ISO-8859-1');
    mb_substitute_character(0x3f === $seen[1] ? 0x2a : 0x3f);
    mb_detect_order(['ASCII']);
    mb_language('Japanese');
    return $seen;
};
