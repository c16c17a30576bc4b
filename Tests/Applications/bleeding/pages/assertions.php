<?php

// The callback for failed assertions holds the visitor who set it. Source: php-src main/main.c, php_request_shutdown:
// what classic mode ends with each request

return static function (string $visitor): mixed {
    return @assert_options(ASSERT_CALLBACK, static fn () => $visitor) instanceof Closure;
};
