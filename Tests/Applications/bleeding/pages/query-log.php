<?php

// A log of queries grows until the memory is gone. Source: laravel/framework#59309

use Bleeding\Services;

return static function (string $visitor): mixed {
    $log = Services::get('queries');
    $seen = count($log->queries);
    $log->queries[] = "SELECT * FROM visits WHERE name = '$visitor'";
    return $seen;
};
