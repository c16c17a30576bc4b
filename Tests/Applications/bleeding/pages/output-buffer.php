<?php

// An output buffer is left open, and its callback sees the next answer. Source: David-Crty/databasement#300

return static function (string $visitor): mixed {
    $seen = ob_get_level();
    ob_start(static fn (string $answer): string => $answer);
    return $seen;
};
