<?php
// A counter of the worker's own: nothing of one request is left to the next.
static $count = 0;
$GLOBALS['left'] = ($GLOBALS['left'] ?? 0) + 1;
echo ++$count, ' ', $GLOBALS['left'], ' ', ini_get('memory_limit');
ini_set('memory_limit', '77M');
