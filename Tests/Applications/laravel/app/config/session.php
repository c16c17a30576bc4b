<?php

return [
    'driver' => 'file',
    'lifetime' => 120,
    'expire_on_close' => false,
    'encrypt' => false,
    'files' => storage_path('framework/sessions'),
    // No request is to look through all sessions for old ones: there is no end to visitors without cookies in a benchmark.
    'lottery' => [0, 100],
    'cookie' => 'fish_session',
    'path' => '/',
    'domain' => null,
    'secure' => null,
    'http_only' => true,
    'same_site' => 'lax',
];
