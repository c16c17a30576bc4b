<?php

// What a request can change and what the next one sees of it.

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
