<?php

// chdir moves the whole worker. Source: php-src main/main.c, php_request_shutdown: what classic mode ends with each
// request

return static function (string $visitor): mixed {
    $seen = getcwd();
    chdir('/');
    return $seen;
};
