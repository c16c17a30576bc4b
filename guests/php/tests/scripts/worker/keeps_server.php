<?php
// Keeps the variables of the last request until the next one has its own.
$kept = null;
while (weir_handle_request(static function () use (&$kept): void {
    $before = $kept;
    $kept = $_SERVER;
    echo count($kept) - count($before ?? $kept), ' ', $kept['HTTP_LAST'] ?? 'none';
    $before = null;
})) {
}
