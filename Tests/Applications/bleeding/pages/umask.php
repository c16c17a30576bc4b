<?php

// umask decides who may read the files of later requests. Source: php-src main/main.c, php_request_shutdown: what
// classic mode ends with each request

return static function (string $visitor): mixed {
    return umask(0);
};
