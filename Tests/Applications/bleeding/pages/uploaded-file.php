<?php

// The file that one visitor uploads is still there for the next. Source: php/frankenphp#1320

use Bleeding\Visitor;

return static function (string $visitor): mixed {
    $seen = Visitor::$upload !== null && is_file(Visitor::$upload);
    Visitor::$upload = $_FILES['file']['tmp_name'] ?? Visitor::$upload;
    return $seen;
};
