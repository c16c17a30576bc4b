<?php

// The default stream context carries the last visitor's token to every server that is asked. Source: php-src
// main/main.c, php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $seen = stream_context_get_options(stream_context_get_default())['http']['header'] ?? null;
    stream_context_set_default(['http' => ['header' => "Authorization: Bearer $visitor"]]);
    return $seen;
};
