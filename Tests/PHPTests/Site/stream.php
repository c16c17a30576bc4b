<?php
// Pieces with a pause between them, each flushed. Notes in the file `log` what became of it.
ignore_user_abort((bool)($_GET['ignore'] ?? false));
$log = $_GET['log'] ?? null;
register_shutdown_function(function () use ($log) {
    if ($log) {
        file_put_contents($log, 'ended aborted=' . connection_aborted() . "\n", FILE_APPEND);
    }
});
header('Content-Type: text/plain');
for ($i = 0; $i < ($_GET['pieces'] ?? 3); $i++) {
    echo str_repeat(chr(97 + $i % 26), $_GET['size'] ?? 10), "\n";
    flush();
    usleep(1000 * ($_GET['pause'] ?? 200));
    if ($log) {
        file_put_contents($log, "piece $i aborted=" . connection_aborted() . "\n", FILE_APPEND);
    }
}
