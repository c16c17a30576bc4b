<?php

// What the worker boots once, and the front controller for each request of classic mode.

spl_autoload_register(static function (string $class): void {
    require __DIR__ . '/classes/' . basename(strtr($class, '\\', '/')) . '.php';
});
require_once __DIR__ . '/functions.php';
Bleeding\Services::boot();
