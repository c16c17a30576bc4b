<?php
$said = [];
foreach ([fn () => weir_handle_request('strlen'), fn () => weir_tick('strlen', 1)] as $call) {
    try {
        $call();
    } catch (Error $error) {
        $said[] = $error->getMessage();
    }
}
weir_log('error', 'from classic mode');
weir_metric('classic_total');
echo json_encode([$said, weir_request_id(), function_exists('frankenphp_handle_request')]);
