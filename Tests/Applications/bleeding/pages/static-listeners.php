<?php

// A static property collects listeners. Source: factualminds.com, How to Tune PHP, Node.js, Python, and Go: memory leak
// patterns in Octane

use Bleeding\Listeners;

return static function (string $visitor): mixed {
    $seen = count(Listeners::$all);
    Listeners::$all['visited'][] = static fn (): string => $visitor;
    return $seen === 0 ? 0 : count(Listeners::$all['visited']) - 1;
};
