<?php
// Computes for so many milliseconds of CPU time, however long that takes.
function used(): float
{
    $usage = getrusage();
    return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1e3
        + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) / 1e3;
}

$until = used() + ($_GET['ms'] ?? 10);
for ($text = ''; used() < $until;) {
    for ($i = 0; $i < 100; $i++) {
        $text = md5($text);
    }
}
echo getmypid();
