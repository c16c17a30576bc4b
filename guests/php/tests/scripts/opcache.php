<?php
header('Content-Type: application/json');
$status = opcache_get_status();
echo json_encode(['enabled' => $status['opcache_enabled'], 'scripts' => array_keys($status['scripts'] ?? []),
    'preload' => $status['preload_statistics'] ?? null, 'pid' => getmypid(),
    'class' => class_exists('Preloaded', false) ? Preloaded::NAME : null]);
