<?php

// A shutdown function runs when the worker ends, or at the end of every later request. Source: php/frankenphp#1420

use Bleeding\Visitor;

return static function (string $visitor): mixed {
    register_shutdown_function(static fn () => Visitor::$ended++);
    [$seen, Visitor::$ended] = [Visitor::$ended, 0];
    return $seen > 1 ? $seen : null;
};
