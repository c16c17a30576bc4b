<?php

// Stands in for weir-php: runs an entry on the command line with the requests of standard input, one after the other.
//
//   WEIR_APP_ROOT=DIR WEIR_ENTRY=DIR/public/index.php php shim.php laravel < requests.json
//
// A request is {"method", "target", "form", "cookies"}; what it gave is printed as a line of JSON. What PHP cannot do for
// itself stays undone: headers are not seen, `exit` ends everything, and settings are not put back.

declare(strict_types=1);

final class Shim
{
    public static array $requests = [];
    private static int $next = 0;

    public static function next(callable $handler): bool
    {
        $request = self::$requests[self::$next++] ?? null;
        if ($request === null) {
            return false;
        }
        self::fill($request);
        ob_start();
        $error = null;
        try {
            $handler();
        } catch (Throwable $thrown) {
            $error = $thrown::class . ': ' . $thrown->getMessage();
        }
        $answer = ['body' => ob_get_clean(), 'status' => http_response_code() ?: 200, 'error' => $error];
        self::tell($answer + ['memory' => self::memory()]);
        http_response_code(200);
        return true;
    }

    /** What is in use without what only waits to be collected. */
    private static function memory(): int
    {
        gc_collect_cycles();
        return memory_get_usage();
    }

    /** Past output buffers. */
    public static function tell(array $what): void
    {
        fwrite(STDOUT, json_encode($what, JSON_PARTIAL_OUTPUT_ON_ERROR) . "\n");
    }

    private static function fill(array $request): void
    {
        $target = $request['target'] ?? '/';
        parse_str((string) parse_url($target, PHP_URL_QUERY), $_GET);
        $_POST = $request['form'] ?? [];
        $_COOKIE = $request['cookies'] ?? [];
        $_FILES = [];
        $_REQUEST = $_GET + $_POST;
        $_ENV = [];
        $_SERVER = [
            'REQUEST_METHOD' => $request['method'] ?? 'GET',
            'REQUEST_URI' => $target,
            'SCRIPT_NAME' => '/index.php',
            'SCRIPT_FILENAME' => getenv('WEIR_ENTRY'),
            'HTTP_HOST' => 'shop.example',
            'SERVER_PROTOCOL' => 'HTTP/1.1',
            'REMOTE_ADDR' => '127.0.0.1',
        ];
    }
}

function weir_handle_request(callable $handler): bool
{
    return Shim::next($handler);
}

function weir_log(string $level, string $message, array $context = []): void
{
    Shim::tell(['log' => compact('level', 'message', 'context')]);
}

if (!function_exists('getallheaders')) {
    function getallheaders(): array
    {
        return ['Host' => $_SERVER['HTTP_HOST']];
    }
}

Shim::$requests = json_decode(stream_get_contents(STDIN), true, flags: JSON_THROW_ON_ERROR);
putenv('APP_RUNNING_IN_CONSOLE=false');
require dirname(__DIR__) . "/entry/$argv[1].php";
