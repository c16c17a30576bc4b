<?php

// setlocale changes the whole process. Source: php-src main/main.c, php_request_shutdown: what classic mode ends with
// each request

return static function (string $visitor): mixed {
    $seen = setlocale(LC_ALL, '0');
    setlocale(LC_ALL, 'C.UTF-8', 'C.utf8', 'POSIX');
    return $seen;
};
