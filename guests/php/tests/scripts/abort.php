<?php
while (ob_get_level()) ob_end_flush();
ignore_user_abort((bool) ($_GET['ignore'] ?? false));
register_shutdown_function(function () {
    file_put_contents($_GET['mark'], json_encode([
        'aborted' => connection_aborted(), 'status' => connection_status(), 'rounds' => $GLOBALS['rounds']]));
});
$rounds = 0;
echo "begin\n";
flush();
for ($i = 0; $i < (int) ($_GET['rounds'] ?? 2000); $i++) {
    usleep(2000);
    echo "tick\n";
    flush();
    $rounds++;
    if (connection_aborted() && $i > 20) break;
}
