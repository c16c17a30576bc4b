<?php

// A save handler of one request is called by the next, when what it needs is gone. Source: php/frankenphp#977

return static function (string $visitor): mixed {
    $seen = ini_get('session.save_handler');
    session_set_save_handler(new SessionHandler(), true);
    session_name("of_$visitor");
    return [$seen, session_name() === "of_$visitor" ? null : session_name()];
};
