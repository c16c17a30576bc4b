<?php
if (pcntl_fork() === 0) {
    echo "child";
    register_shutdown_function(fn () => file_put_contents($_GET['mark'], getmypid()));
    exit;
}
echo "parent";
