<?php

// A global variable lives as long as the script that is booted. Source: php/frankenphp#767

return static function (string $visitor): mixed {
    $seen = $GLOBALS['last_visitor'] ?? null;
    $GLOBALS['last_visitor'] = $visitor;
    return $seen;
};
