<?php

// ignore_user_abort makes every later request go on without its client. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    return ignore_user_abort(true);
};
