<?php
posix_kill(getmypid(), (int) ($_GET['signal'] ?? 11));
sleep(10);
