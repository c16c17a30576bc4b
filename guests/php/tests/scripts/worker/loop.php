<?php
// A worker that does in each request what `?do=` says, with the functions of actions.php.
require __DIR__ . '/actions.php';
if (getenv('BOOT')) {
    require __DIR__ . '/' . getenv('BOOT');
}
$served = 0;
while (weir_handle_request('serve')) {
    $served++;
    if ($served == getenv('REQUESTS')) {
        break;
    }
}
error_log("served $served");
