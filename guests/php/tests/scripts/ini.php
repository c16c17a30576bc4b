<?php
header('Content-Type: application/json');
$name = $_GET['name'];
$before = ini_get($name);
$set = ini_set($name, $_GET['value'] ?? '');
echo json_encode(['before' => $before, 'set' => $set !== false, 'after' => ini_get($name),
    'loaded' => php_ini_loaded_file(), 'scanned' => php_ini_scanned_files()]);
