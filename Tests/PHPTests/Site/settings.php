<?php
// Directives, and whether the script may change them.
$before = ini_get_all(null, false);
$keys = explode(',', $_GET['keys']);
$report = [];
foreach ($keys as $key) {
    $report[$key] = ['value' => $before[$key] ?? null, 'changed' => ini_set($key, $_GET['to'] ?? '1') !== false];
}
header('Content-Type: application/json');
echo json_encode([
    'settings' => $report, 'environment' => getenv(), 'prepended' => defined('PREPENDED'), 'pid' => getmypid(),
    'uid' => posix_geteuid(), 'cwd' => getcwd(), 'sapi' => PHP_SAPI,
    'preloaded' => class_exists('Preloaded', false), 'opcache' => opcache_get_status(false),
]);
