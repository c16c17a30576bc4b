<?php

// Every request registers an autoloader of its own. Source: php-src main/main.c, php_request_shutdown: what classic
// mode ends with each request

return static function (string $visitor): mixed {
    $seen = count(spl_autoload_functions());
    spl_autoload_register(static fn (string $class): bool => $visitor === '');
    return $seen;
};
