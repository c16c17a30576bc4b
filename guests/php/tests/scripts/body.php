<?php
// Reads the body piece by piece, or not at all.
header('Content-Type: application/json');
$in = fopen('php://input', 'rb');
$hash = hash_init('sha256');
$size = 0;
while (!feof($in)) {
    $piece = fread($in, 65536);
    $size += strlen($piece);
    hash_update($hash, $piece);
}
echo json_encode(['size' => $size, 'sha256' => hash_final($hash), 'memory' => memory_get_peak_usage(true)]);
