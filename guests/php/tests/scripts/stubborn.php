<?php
pcntl_signal(SIGTERM, SIG_IGN);
touch($_GET['mark']);
while (true) { usleep(10000); }
