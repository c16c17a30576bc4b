<?php
register_shutdown_function(function () { file_put_contents($_GET['mark'] . '.shutdown', 'x'); });
echo "the answer";
var_dump(fastcgi_finish_request());
echo "nobody reads this";
error_log("after the answer");
$again = fastcgi_finish_request();
while (!file_exists($_GET['mark'] . '.gate')) { usleep(2000); clearstatcache(); }
file_put_contents($_GET['mark'] . '.done', json_encode(['again' => $again, 'aborted' => connection_aborted()]));
