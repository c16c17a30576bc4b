<?php
// Spends its time in one of many ways, until the file `stop` is there or for `seconds`.
$started = microtime(true);
$seconds = (float)($_GET['seconds'] ?? 20);
$stop = $_GET['stop'] ?? '/nonexistent';

function busy()
{
    global $started, $seconds, $stop;
    $next = 0;
    for ($i = 0; ; $i++) {
        if ($i >= $next) {
            $next = $i + 20_000;
            if (microtime(true) - $started > $seconds || file_exists($stop)) return;
        }
    }
}

class Shop
{
    public function open() { self::serve(); }
    public static function serve() { busy(); }
    public function wait($seconds) { return sleep($seconds); }
}

function numbers() { yield from more_numbers(); }
function more_numbers() { busy(); yield 1; }
function dig($depth) { $depth > 0 ? dig($depth - 1) : busy(); }

switch ($_GET['how']) {
    case 'loop': busy(); break;
    case 'method': (new Shop)->open(); break;
    case 'closure': array_map(function ($x) { busy(); }, [1]); break;
    case 'generator': foreach (numbers() as $number); break;
    case 'fiber': (new Fiber(function () { busy(); }))->start(); break;
    case 'include': include __DIR__ . '/sub/busy.php'; break;
    case 'eval': eval('busy();'); break;
    case 'deep': dig(200); break;
    case 'anonymous': (new class { function run() { busy(); } })->run(); break;
    case 'sleep': echo json_encode(['left' => (new Shop)->wait((int)$seconds)]), "\n"; break;
    case 'fiber-sleep': (new Fiber(function () { usleep(1_500_000); }))->start(); break;
    case 'usleep': usleep((int)($seconds * 1e6)); break;
    case 'select':
        [$one, $other] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $read = [$one]; $write = $except = null;
        echo json_encode(['ready' => stream_select($read, $write, $except, (int)$seconds)]), "\n";
        break;
    case 'read':
        [$one, $other] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        stream_set_timeout($one, (int)$seconds);
        echo json_encode(['read' => fread($one, 1), 'timed_out' => stream_get_meta_data($one)['timed_out']]), "\n";
        break;
    case 'pdo':
        $database = new PDO('sqlite:' . $_GET['database'], null, null, [PDO::ATTR_TIMEOUT => (int)$seconds]);
        try {
            $database->exec('INSERT INTO t VALUES (1)');
        } catch (PDOException $e) {
            echo json_encode(['error' => $e->getMessage()]), "\n";
        }
        break;
    case 'regular-expression':
        ini_set('pcre.backtrack_limit', '1000000000'); ini_set('pcre.jit', '0');
        preg_match('/^(a+)+$/', str_repeat('a', 27) . 'b');
        break;
    case 'shutdown': register_shutdown_function(fn () => usleep(1_500_000)); break;
}
printf("%.2f", microtime(true) - $started);
