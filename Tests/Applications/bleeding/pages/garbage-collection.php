<?php

// gc_disable is meant for one long import, and holds for good. Source: laravel/octane#620

return static function (string $visitor): mixed {
    $seen = gc_enabled();
    gc_disable();
    return $seen;
};
