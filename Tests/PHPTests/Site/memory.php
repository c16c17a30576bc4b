<?php
// Takes `mb` MiB within the request, 8 at a time with a pause of `pause` ms (20).
ini_set('memory_limit', '-1');
$held = [];
for ($taken = 0; $taken < (int)$_GET['mb']; $taken += 8) {
    $held[] = str_repeat('x', 8 << 20);
    usleep(1000 * (int)($_GET['pause'] ?? 20));
}
echo $taken;
