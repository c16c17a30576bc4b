<?php
// Fills PHP's own heap, which is given back when the request ends.
$all = str_repeat('x', (int)$_GET['mb'] << 20);
$small = range(1, 50_000);
echo strlen($all);
