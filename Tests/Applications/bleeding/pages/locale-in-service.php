<?php

// A translator that the boot made keeps the language of the last visitor. Source: Sylius/Sylius#17990,
// laravel/octane#63

use Bleeding\Services;

return static function (string $visitor): mixed {
    $translator = Services::get('translator');
    [$seen, $translator->locale] = [$translator->locale, $visitor];
    return $seen;
};
