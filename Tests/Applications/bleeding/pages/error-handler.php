<?php

// An error handler is set and never restored: the next request piles its own upon it. Source: php/frankenphp#1420

return static function (string $visitor): mixed {
    $seen = set_error_handler(static fn (): bool => $visitor !== '');
    return $seen instanceof Closure;
};
