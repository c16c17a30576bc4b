<?php
// Its worker dies the first `deaths` times that it runs; then it says what had arrived. Notes each run in the file `log`.
file_put_contents($_GET['log'], $_SERVER['REQUEST_METHOD'] . ' ' . getmypid() . "\n", FILE_APPEND);
$body = file_get_contents('php://input');
if (isset($_GET['begun'])) {
    echo 'begun';
    flush();
}
if (count(file($_GET['log'])) <= $_GET['deaths']) {
    posix_kill(getmypid(), 9);
    sleep(5);
}
header('Content-Type: application/json');
echo json_encode([
    'bytes' => strlen($body), 'crc' => crc32($body), 'length' => $_SERVER['CONTENT_LENGTH'],
    'client' => $_SERVER['REMOTE_ADDR'], 'pid' => getmypid(),
]);
