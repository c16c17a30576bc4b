<?php

function serve(): void
{
    ('do_' . ($_GET['do'] ?? 'hello'))();
}

function do_hello(): void
{
    echo "Hello, world\n";
}

/** Changes what can be changed, to values that say who did it. */
function change(string $who): void
{
    $boot = $who === 'boot';
    ini_set('user_agent', $who);
    ini_set('memory_limit', $boot ? '120M' : '250M');
    ini_set('precision', $boot ? '9' : '5');
    set_include_path("/$who");
    error_reporting($boot ? E_ALL & ~E_NOTICE : E_ERROR);
    ini_set('mbstring.language', $boot ? 'English' : 'German');
    set_time_limit($boot ? 77 : 88);
    ignore_user_abort(!$boot);
    setlocale(LC_ALL, $boot ? 'C.UTF-8' : 'POSIX');
    date_default_timezone_set($boot ? 'Europe/Berlin' : 'Asia/Tokyo');
    mb_internal_encoding($boot ? 'ISO-8859-1' : 'EUC-JP');
    mb_substitute_character($boot ? 'long' : 0x3f);
    mb_detect_order($boot ? 'ASCII,UTF-8' : 'SJIS');
    mb_language($boot ? 'Korean' : 'Japanese');
    mb_http_output($boot ? 'ASCII' : 'SJIS');
    set_error_handler($boot ? 'boot_errors' : 'request_errors', $boot ? E_ALL : E_WARNING);
    set_exception_handler($boot ? 'boot_exceptions' : 'request_exceptions');
    chdir($boot ? '/usr' : '/tmp');
    umask($boot ? 027 : 077);
    putenv("WHO=$who");
    putenv("ONLY_" . strtoupper($who) . "=1");
    putenv("HOME");
    libxml_use_internal_errors($boot ? false : true);
    stream_context_set_default(['http' => ['header' => "X-Who: $who"]]);
    stream_wrapper_register($who, 'Wrapper');
    assert_options(ASSERT_CALLBACK, $boot ? 'boot_asserts' : 'request_asserts');
    textdomain($who);
    session_name($boot ? 'BOOT' : 'REQUEST');
    session_cache_limiter($boot ? 'public' : 'private');
    $_ENV['WHO'] = $who;
    $_SERVER['WHO'] = $who;
    strtok("$who a b", ' ');
    mt_srand(7);
}

final class Wrapper
{
    public $context;
}

function boot_errors(): bool { return false; }
function request_errors(): bool { return false; }
function boot_exceptions(Throwable $thrown): void { http_response_code(503); echo 'the boot caught ', $thrown->getMessage(); }
function request_exceptions(Throwable $thrown): void { http_response_code(502); echo 'the request caught ', $thrown->getMessage(); }

function current_handler(string $kind): mixed
{
    $handler = ("set_{$kind}_handler")(null);
    ("restore_{$kind}_handler")();
    return $handler;
}

function do_state(): void
{
    $umask = umask();
    echo json_encode([
        'ini' => array_map(ini_get(...), [
            'user_agent', 'memory_limit', 'precision', 'include_path', 'error_reporting', 'mbstring.language',
            'max_execution_time', 'ignore_user_abort', 'session.name', 'session.cache_limiter',
        ]),
        'error_reporting' => error_reporting(),
        'ignore_user_abort' => ignore_user_abort(),
        'connection' => connection_status(),
        'locale' => setlocale(LC_ALL, 0),
        'timezone' => date_default_timezone_get(),
        'mb' => [
            mb_internal_encoding(), mb_substitute_character(), mb_detect_order(), mb_language(), mb_http_output(),
        ],
        'handlers' => [current_handler('error'), current_handler('exception')],
        'cwd' => getcwd(),
        'umask' => $umask,
        'env' => [getenv('WHO'), getenv('ONLY_BOOT'), getenv('ONLY_REQUEST'), getenv('HOME')],
        'libxml' => libxml_use_internal_errors(),
        'context' => stream_context_get_options(stream_context_get_default()),
        'wrappers' => stream_get_wrappers(),
        'asserts' => @assert_options(ASSERT_CALLBACK),
        'textdomain' => textdomain(null),
        '_env' => $_ENV['WHO'] ?? null,
        '_server' => $_SERVER['WHO'] ?? null,
        'strtok' => strtok(' '),
        'error' => error_get_last(),
        'level' => ob_get_level(),
        'headers' => headers_list(),
        'code' => http_response_code(),
    ]);
}

function do_change(): void
{
    change('request');
    @trigger_error('remember me', E_USER_WARNING);
    header('X-Who: request');
    setcookie('who', 'request');
    http_response_code(418);
    ob_start();
    ob_start(fn (string $text) => strtoupper($text));
    echo 'changed';
    if (isset($_GET['exit'])) {
        @exit_in_silence();
    }
}

function exit_in_silence(): never
{
    exit(3);
}

function do_superglobals(): void
{
    echo json_encode([
        'get' => $_GET, 'post' => $_POST, 'cookie' => $_COOKIE, 'files' => $_FILES, 'request' => $_REQUEST,
        'session' => $_SESSION ?? null, 'server' => $_SERVER, 'input' => file_get_contents('php://input'),
        'filter' => [filter_input(INPUT_GET, 'a'), filter_input(INPUT_COOKIE, 'c'), filter_input(INPUT_SERVER, 'REQUEST_METHOD')],
        'auth' => $_SERVER['PHP_AUTH_USER'] ?? null, 'headers' => getallheaders(), 'param' => getenv('HTTP_X_ONE'),
    ]);
    $_GET['left'] = $_POST['left'] = $_COOKIE['left'] = $_REQUEST['left'] = $_SERVER['left'] = $_FILES['left'] = 'over';
}

function do_overwrite(): void
{
    foreach (['_GET', '_POST', '_COOKIE', '_FILES', '_REQUEST', '_SERVER', '_ENV', '_SESSION'] as $name) {
        $GLOBALS[$name] = 'overwritten';
    }
    $reference = &$GLOBALS['_GET'];
    $GLOBALS['kept'] = &$reference;
    unset($GLOBALS['_POST']);
}

function do_late(): void
{
    // Code that is compiled during a request.
    echo json_encode(eval('return [$_REQUEST, count($_ENV)];'));
}

function do_exit(): void
{
    register_shutdown_function(function () { echo ' and shutdown'; });
    try {
        echo 'before';
        leave_early();
    } finally {
        echo ' finally';
    }
}

function leave_early(): void
{
    array_map(function () { exit(' exit'); }, [1]);
}

function do_exit_status(): void
{
    exit((int) $_GET['status']);
}

function do_exit_in_fiber(): void
{
    (new Fiber(function () { echo 'in the fiber'; exit; }))->start();
}

function do_exit_in_destructor(): void
{
    $object = new class {
        public function __destruct() { echo 'destructor'; exit; }
    };
}

function do_exit_in_generator(): void
{
    foreach ((function () { yield 1; exit('generator'); })() as $_) {
    }
}

function do_exception(): void
{
    echo 'partial ';
    throw new RuntimeException('nobody catches me');
}

function do_exception_in_shutdown(): void
{
    register_shutdown_function(function () { throw new RuntimeException('from the shutdown function'); });
    register_shutdown_function(function () { echo 'not reached'; });
    echo 'answer';
}

function do_fatal(): void
{
    register_shutdown_function(function () { error_log('shutdown sees: ' . error_get_last()['message']); });
    echo 'partial ';
    require __DIR__ . '/broken.php';
}

function do_fatal_in_shutdown(): void
{
    register_shutdown_function(function () { echo ' before'; require __DIR__ . '/broken.php'; });
    register_shutdown_function(function () { echo ' not reached'; });
    echo 'answer';
}

function do_memory(): void
{
    $all = [];
    while (true) {
        $all[] = str_repeat('x', 1 << 20);
    }
}

function do_time(): void
{
    set_time_limit(1);
    for (;;) {
    }
}

function do_busy(): void
{
    $until = hrtime(true) + $_GET['ms'] * 1e6;
    while (hrtime(true) < $until) {
    }
    echo 'done';
}

function do_shutdown(): void
{
    register_shutdown_function(function () {
        echo '1';
        register_shutdown_function(function () { echo '3'; });
    });
    register_shutdown_function(function () { echo '2'; });
}

function do_nested(): void
{
    try {
        weir_handle_request('serve');
    } catch (Error $error) {
        echo get_class($error), ': ', $error->getMessage();
    }
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

function do_session(): void
{
    session_start();
    $_SESSION['user'] ??= $_GET['user'];
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo json_encode([session_id(), $_SESSION]);
    if (isset($_GET['exit'])) {
        exit;
    }
}

function do_session_without(): void
{
    echo json_encode([session_id(), session_status(), $_SESSION ?? null]);
}

function do_session_read(): void
{
    echo json_encode([session_id(), $_SESSION ?? null]);
}

function do_session_handler(): void
{
    session_start();
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo $_SESSION['n'], ' ', ini_get('session.save_handler');
}

function do_session_other_handler(): void
{
    session_set_save_handler(new Sessions('other'));
    do_session_handler();
}

final class Sessions implements SessionHandlerInterface
{
    public static array $all = [];

    public function __construct(private string $name) {}
    public function open(string $path, string $name): bool { return true; }
    public function close(): bool { return true; }
    public function read(string $id): string { return self::$all[$this->name][$id] ?? ''; }
    public function write(string $id, string $data): bool { self::$all[$this->name][$id] = $data; return true; }
    public function destroy(string $id): bool { unset(self::$all[$this->name][$id]); return true; }
    public function gc(int $max): int { return 0; }
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
