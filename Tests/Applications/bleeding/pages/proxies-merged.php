<?php

// A service adds to its list what it read, at every request: trust broadens. Source: monicahq/laravel-cloudflare#219

use Bleeding\Services;

return static function (string $visitor): mixed {
    $proxies = Services::get('proxies');
    $seen = count($proxies->trusted);
    $proxies->trusted = array_merge($proxies->trusted, [$visitor . '.example']);
    return $seen;
};
