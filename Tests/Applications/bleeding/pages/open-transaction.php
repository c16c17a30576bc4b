<?php

// A transaction is left open on a connection that stays. Source: laravel/octane#990, laravel/octane#909

use Bleeding\Services;

return static function (string $visitor): mixed {
    $database = Services::database();
    $seen = $database->inTransaction();
    if (!$seen) {
        $database->beginTransaction();
        $database->exec("INSERT INTO visits VALUES ('$visitor')");
    }
    return $seen;
};
