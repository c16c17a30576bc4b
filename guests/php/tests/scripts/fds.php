<?php
$fds = [];
foreach (scandir('/proc/self/fd') as $fd) {
    if (ctype_digit($fd) && ($link = @readlink("/proc/self/fd/$fd")) !== false && $link !== '/proc/' . getmypid() . '/fd') $fds[$fd] = $link;
}
echo json_encode($fds);
