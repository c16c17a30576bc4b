<?php

// The time zone of one visitor is everybody's. Source: facebook/hhvm#7508

return static function (string $visitor): mixed {
    $seen = date_default_timezone_get();
    date_default_timezone_set('Pacific/Auckland');
    return $seen;
};
