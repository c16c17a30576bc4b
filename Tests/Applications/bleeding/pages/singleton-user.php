<?php

// A singleton is made for the user who comes first, and stays his. Source: laravel/octane#379

use Bleeding\CurrentUser;

return static function (string $visitor): mixed {
    $user = CurrentUser::instance($visitor)->name;
    return $user === $visitor ? null : $user;
};
