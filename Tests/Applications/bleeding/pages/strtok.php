<?php

// strtok goes on with the text of the last visitor. Source: php-src main/main.c, php_request_shutdown: what classic
// mode ends with each request

return static function (string $visitor): mixed {
    $seen = strtok(',');
    strtok("$visitor,card number", ',');
    return $seen;
};
