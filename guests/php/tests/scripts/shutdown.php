<?php
class Late { function __destruct() { echo " destructor"; } }
$late = new Late;
register_shutdown_function(function () { echo " shutdown"; });
ob_start(fn ($text) => strtoupper($text));
echo "script";
