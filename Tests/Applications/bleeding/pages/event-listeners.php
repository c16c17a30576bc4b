<?php

// Every request adds a listener to the dispatcher that the boot made. Source: laravel/octane#243,
// fruitcake/laravel-cors#527

use Bleeding\Services;

return static function (string $visitor): mixed {
    $events = Services::get('events');
    $seen = count($events->listeners['handled'] ?? []);
    $events->listeners['handled'][] = static fn () => null;
    return $seen;
};
