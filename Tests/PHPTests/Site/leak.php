<?php
// Takes `mb` MiB (5) from malloc, fills them with zeros and never gives them back: PHP's request shutdown knows nothing of
// them. Needs ffi.enable=1.
$size = (int)($_GET['mb'] ?? 5) << 20;
if ($size > 0) {
    FFI::new("char[$size]", owned: false, persistent: true);
}
preg_match('/^VmRSS:\s*(\d+) kB/m', file_get_contents('/proc/self/status'), $resident);
header('Content-Type: application/json');
echo json_encode(['pid' => getmypid(), 'resident_kib' => (int)$resident[1]]);
