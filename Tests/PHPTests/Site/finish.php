<?php
// The client has its answer; the work goes on.
header('X-Finish: yes');
echo "answered by ", getmypid();
fastcgi_finish_request();
echo 'nobody reads this';
usleep(1000 * ($_GET['pause'] ?? 500));
file_put_contents($_GET['log'], 'finished ' . getmypid() . "\n", FILE_APPEND);
