<?php
// Takes its time. Notes that it ran in the file `log`.
if (isset($_GET['log'])) {
    file_put_contents($_GET['log'], ($_GET['name'] ?? 'ran') . "\n", FILE_APPEND);
}
usleep(1000 * ($_GET['ms'] ?? 100));
echo getmypid();
