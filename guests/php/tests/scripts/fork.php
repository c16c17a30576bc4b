<?php
if (pcntl_fork() === 0) {
    echo "child";
    register_shutdown_function(fn () => touch($_GET['mark']));
    exit;
}
echo "parent";
