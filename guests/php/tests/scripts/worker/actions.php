<?php

require __DIR__ . '/actions_state.php';
require __DIR__ . '/actions_endings.php';
require __DIR__ . '/actions_sessions.php';

function serve(): void
{
    ('do_' . ($_GET['do'] ?? 'hello'))();
}

function do_hello(): void
{
    echo "Hello, world\n";
}

function do_busy(): void
{
    $until = hrtime(true) + $_GET['ms'] * 1e6;
    while (hrtime(true) < $until) {
    }
    echo 'done';
}

function do_finish(): void
{
    echo 'the answer';
    var_dump(fastcgi_finish_request());
    echo 'nobody reads this';
    error_log('after the answer');
    while (!file_exists($_GET['gate'])) {
        usleep(2000);
        clearstatcache();
    }
}

function do_abort(): void
{
    while (ob_get_level()) {
        ob_end_flush();
    }
    ignore_user_abort((bool) ($_GET['ignore'] ?? false));
    register_shutdown_function(function () {
        file_put_contents($_GET['mark'], json_encode([
            'aborted' => connection_aborted(), 'rounds' => $GLOBALS['rounds'], 'ended' => $GLOBALS['ended'] ?? false,
        ]));
    });
    $GLOBALS['rounds'] = 0;
    $GLOBALS['ended'] = false;
    echo "begin\n";
    flush();
    for ($i = 0; $i < 2000; $i++) {
        usleep(2000);
        echo "tick\n";
        flush();
        $GLOBALS['rounds']++;
        if (connection_aborted() && $i > 20) {
            break;
        }
    }
    $GLOBALS['ended'] = true;
}

function do_upload(): void
{
    $file = $_FILES['file'];
    echo json_encode([
        'path' => $file['tmp_name'], 'uploaded' => is_uploaded_file($file['tmp_name']),
        'sha256' => hash_file('sha256', $file['tmp_name']), 'post' => $_POST,
    ]);
}

function do_is_uploaded(): void
{
    echo json_encode([is_uploaded_file($_GET['path']), file_exists($_GET['path']), $_FILES]);
}

function do_body(): void
{
    static $handle = null;
    $before = 'none';
    try {
        $before = $handle ? stream_get_contents($handle) : 'none';
    } catch (TypeError) {
        $before = 'closed';
    }
    $handle = fopen('php://input', 'r');
    echo json_encode([$before, fread($handle, (int) ($_GET['n'] ?? 100000)), strlen(file_get_contents('php://input'))]);
}

function do_random(): void
{
    $seed = $_GET['seed'] ?? null;
    if ($seed !== null) {
        mt_srand((int) $seed);
    }
    echo json_encode([mt_rand(), mt_rand(), rand(), lcg_value()]);
}

function do_headers(): void
{
    header('X-Custom: ' . ($_GET['a'] ?? 'none'));
    header_register_callback(function () { header('X-Late: callback'); });
    http_response_code(202);
    echo 'x';
}

function do_callback_left(): void
{
    fastcgi_finish_request();
    header_register_callback(function () { header('X-Late: too late'); });
}

function do_headers_callback(): void
{
    header_register_callback(function () {
        header('X-Late: callback');
        $_GET['how'] === 'exit' ? exit : throw new LogicException('in the callback');
    });
    echo 'x';
}

final class Loud
{
    public function __destruct()
    {
        throw new LogicException('destroyed');
    }
}

/** Objects that live until PHP's own state is put back. */
function do_loud(): void
{
    $loud = new Loud();
    match ($_GET['in']) {
        'handler' => set_error_handler(function () use ($loud) { return false; }),
        'session' => session_start() && $_SESSION['loud'] = $loud,
        default => $GLOBALS[$_GET['in']]['loud'] = $loud,
    };
    unset($loud);
    echo 'quiet';
}

function do_limit(): void
{
    echo ini_get('max_execution_time'), ' ', ini_get('memory_limit');
}

function do_fork(): void
{
    if (pcntl_fork() === 0) {
        echo 'the child';
        return;
    }
    pcntl_wait($status);
    echo 'parent';
}

function do_usleep(): void
{
    usleep((int) $_GET['us']);
    echo 'slept';
}

function do_frankenphp(): void
{
    echo json_encode(function_exists('frankenphp_handle_request'));
}

function do_log(): void
{
    weir_log('warning', 'a message', ['text' => 'täxt', 'list' => [1, 'a/b'], 'null' => null, 7 => true,
        'exception' => new DomainException('broken')]);
    weir_log('info', "bad \xff\0 bytes");
    weir_log('debug', str_repeat('ä', 20000), ['dropped' => 'x']);
    weir_log('info', 'long value', ['kept' => 'x', 'dropped' => str_repeat('x', 20000), 'also' => 'y']);
    echo 'logged';
}

function do_log_wrong(): void
{
    $messages = [];
    foreach ([
        fn () => weir_log('loud', 'x'), fn () => weir_metric('1x'), fn () => weir_metric(''), fn () => weir_metric('a b'),
        fn () => weir_metric('a', -1), fn () => weir_metric('a', NAN), fn () => weir_metric('a', 1, ['x y' => 1]),
        fn () => weir_metric('a', 1, [1]), fn () => weir_metric('a', 1, [], 'histogram'),
        fn () => weir_tick('serve', 0), fn () => weir_tick('serve', NAN),
    ] as $call) {
        try {
            $call();
            $messages[] = 'nothing';
        } catch (ValueError $error) {
            $messages[] = $error->getMessage();
        }
    }
    echo json_encode($messages);
}

function do_metric(): void
{
    setlocale(LC_ALL, 'de_DE.UTF-8');
    weir_metric('orders_total');
    weir_metric('shop:basket_euro', 12.5, ['currency' => 'EUR', 'vip' => true], 'gauge');
    weir_metric('temperature', -3.25, kind: 'gauge');
    echo 'counted';
}

function do_id(): void
{
    echo json_encode(weir_request_id());
}

function do_ticks(): void
{
    echo json_encode($GLOBALS['ticks'] ?? null);
}

function do_usage(): void
{
    gc_collect_cycles();
    echo memory_get_usage();
}

/** Leaves objects behind that only each other refer to. */
function do_cycles(): void
{
    for ($i = 0; $i < $_GET['count']; $i++) {
        $object = new stdClass();
        $object->self = $object;
        $object->bytes = str_repeat('x', (int) ($_GET['bytes'] ?? 1));
    }
    echo 'left';
}

function do_collections(): void
{
    echo json_encode(gc_status() + ['memory' => memory_get_usage()]);
}
