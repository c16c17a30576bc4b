<?php
set_time_limit((int) ($_GET['limit'] ?? 1));
register_shutdown_function(function () { error_log("shutdown function ran"); });
while (true) { $x = ($x ?? 0) + 1; }
