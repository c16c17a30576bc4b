<?php

// A function remembers the first visitor in a static variable. Source: laravel/octane#496

return static function (string $visitor): mixed {
    return \Bleeding\first_visitor($visitor);
};
