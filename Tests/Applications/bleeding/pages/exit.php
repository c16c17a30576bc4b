<?php

// exit in the middle of it: the next request is served by the same worker. Source: shurjopay-plugins/sp-plugin-php#12

return static function (string $visitor): mixed {
    echo json_encode(['page' => 'exit', 'visitor' => $visitor, 'seen' => ob_get_level()]);
    exit;
};
