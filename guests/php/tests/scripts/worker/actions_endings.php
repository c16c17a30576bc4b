<?php

// The ways a request can end.

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
