<?php

// A header, a status and a callback for headers are set, and the next answer has them. Source:
// David-Crty/databasement#300

return static function (string $visitor): mixed {
    $seen = [http_response_code(), in_array("X-Visitor-Of: $visitor", headers_list(), true), count(headers_list())];
    header("X-Visitor-Of: $visitor");
    http_response_code(202);
    header_register_callback(static fn () => header_remove('X-Powered-By'));
    return $seen;
};
