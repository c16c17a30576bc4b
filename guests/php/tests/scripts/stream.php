<?php
while (ob_get_level()) ob_end_flush();
header('Content-Type: text/event-stream');
for ($i = 0; $i < 3; $i++) {
    echo "data: $i\n\n";
    flush();
    while (!file_exists($_GET['gate'] . $i)) { usleep(2000); clearstatcache(); }
}
echo "end";
