<?php
// Output buffers, closed or left open.
ob_start(fn (string $text) => strtoupper($text));
echo 'upper ';
ob_end_flush();
ob_start();
echo 'dropped ';
ob_end_clean();
ob_start();
echo 'left open';
header('X-After-Output: possible');
