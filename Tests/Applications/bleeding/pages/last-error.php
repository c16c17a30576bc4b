<?php

// error_get_last shows the last visitor's error. Source: php/frankenphp#2631

return static function (string $visitor): mixed {
    $seen = error_get_last()['message'] ?? null;
    @trigger_error("trouble of $visitor");
    return $seen;
};
