<?php

// mt_srand makes the numbers of every later request known to whoever knows the seed. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $seen = [mt_rand(), mt_rand()];
    mt_srand(42);
    $known = [mt_rand(), mt_rand()];
    mt_srand(42);
    return $seen === $known;
};
