<?php

// output_add_rewrite_var writes one visitor's token into the links of the next. Source: php-src main/main.c,
// php_request_shutdown: what classic mode ends with each request

return static function (string $visitor): mixed {
    $seen = ob_list_handlers();
    output_add_rewrite_var('token', $visitor);
    return $seen;
};
