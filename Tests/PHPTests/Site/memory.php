<?php
// Takes `mb` MiB within the request, 8 at a time with a short pause, and holds them for `ms`.
ini_set('memory_limit', '-1');
$held = [];
for ($taken = 0; $taken < (int)$_GET['mb']; $taken += 8) {
    $held[] = str_repeat('x', 8 << 20);
    usleep(20_000);
}
usleep(1000 * (int)($_GET['ms'] ?? 0));
echo $taken;
