<?php

// A service that the boot made is given the request, and keeps it. Source: psalm/psalm-plugin-laravel#703

use Bleeding\Services;

return static function (string $visitor): mixed {
    $mailer = Services::get('mailer');
    $seen = $mailer->request['visitor'] ?? null;
    $mailer->request ??= $_GET;
    return $seen;
};
