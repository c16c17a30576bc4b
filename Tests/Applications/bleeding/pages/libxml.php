<?php

// libxml's errors are kept from now on, and those of one visitor are there for the next. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $seen = [libxml_use_internal_errors(true), count(libxml_get_errors())];
    simplexml_load_string("<broken>$visitor");
    return $seen;
};
