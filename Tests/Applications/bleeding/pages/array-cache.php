<?php

// A cache in memory grows with every key it is asked for. Source: laravel/octane#363

use Bleeding\Cache;

return static function (string $visitor): mixed {
    $seen = count(Cache::$entries);
    Cache::$entries[$visitor . hrtime(true)] = str_repeat($visitor, 100);
    return $seen;
};
