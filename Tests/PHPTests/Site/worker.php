<?php
// A small application for worker mode: what it does at its start, and one path for each thing a request may do.
declare(strict_types=1);

final class Memory
{
    public static int $requests = 0;
    public static array $kept = [];
}

$scratch = getenv('SCRATCH');
if (is_file("$scratch/broken")) {
    fwrite(fopen('php://stderr', 'w'), "the database is not there\n");
    exit(3);
}
usleep(1000 * (int) @file_get_contents("$scratch/boot-ms"));
$version = (string) @file_get_contents("$scratch/version");
file_put_contents("$scratch/boots", getmypid() . "\n", FILE_APPEND);
$goesOn = true;

$handler = function () use ($version, $scratch, &$goesOn): void {
    $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    header('X-Worker: ' . getmypid());
    switch ($path) {
        case '/exit':
            echo 'before';
            exit(4);
        case '/throw':
            throw new RuntimeException('thrown on purpose');
        case '/fatal':
            ini_set('memory_limit', '16M');
            str_repeat('x', 64 << 20);
            break;
        case '/static-count':
            echo ++Memory::$requests;
            break;
        case '/keep':
            Memory::$kept[] = str_repeat('x', (int) $_GET['bytes']);
            echo count(Memory::$kept);
            break;
        case '/session':
            session_save_path($scratch);
            session_start();
            $_SESSION['user'] ??= $_GET['user'] ?? 'nobody';
            echo $_SESSION['user'];
            break;
        case '/upload':
            echo json_encode(array_map(fn ($file) => [$file['name'], file_get_contents($file['tmp_name'])], $_FILES));
            break;
        case '/input':
            echo json_encode([$_SERVER['REQUEST_METHOD'], $_GET, $_POST, $_COOKIE, file_get_contents('php://input')]);
            break;
        case '/sleep':
            usleep(1000 * (int) $_GET['ms']);
            echo getmypid();
            break;
        case '/dies':
            file_put_contents("$scratch/deaths", getmypid() . "\n", FILE_APPEND);
            if (count(file("$scratch/deaths")) <= (int) $_GET['deaths']) {
                posix_kill(getmypid(), SIGKILL);
            }
            echo 'alive';
            break;
        case '/last':
            $goesOn = false;
            echo 'last';
            break;
        case '/log':
            weir_log('warning', 'no stock', ['sku' => 42, 'password' => 'hunter2', 'tags' => ['a', 'b']]);
            echo weir_request_id();
            break;
        case '/metric':
            weir_metric('orders', 2.0, ['shop' => $_GET['shop'] ?? 'north']);
            weir_metric('depth', 7.0, [], 'gauge');
            weir_metric('Upper');
            break;
        case '/finish':
            echo 'finished';
            fastcgi_finish_request();
            usleep(100_000);
            weir_log('info', 'after the answer');
            break;
        case '/environment':
            echo json_encode([
                'root' => getenv('WEIR_APP_ROOT'), 'entry' => getenv('WEIR_ENTRY'), 'script' => $_SERVER['SCRIPT_NAME'],
                'file' => $_SERVER['SCRIPT_FILENAME'], 'info' => $_SERVER['PATH_INFO'] ?? null,
                'frankenphp' => function_exists('frankenphp_handle_request'),
            ]);
            break;
        default:
            echo "hello from $path $version";
    }
};

while ($goesOn && weir_handle_request($handler)) {
}
