<?php

// Each request does one thing that something may survive of: ?do=NAME calls the function of that name.

namespace Audited;

require __DIR__ . '/audit_classes.php';

function nothing(): void
{
    $list = range(1, 10);
    $object = new Plain();
    $object->self = $object;
    strlen(serialize($list));
}

function counter(): int
{
    static $calls = 0;

    return ++$calls;
}

function memo(): object
{
    static $once = null;

    return $once ??= new Plain();
}

function grow(): void { Events::$listeners[] = fn () => 1; }

function grow_inside(): void { Events::$listeners['saved'][] = 1; }

function change(): void { Events::$last = 'request ' . counter(); }

function lazy(): void { Events::$instance ??= new Events(); }

function property(): void { Registry::$instance->items[] = str_repeat('x', 10); }

function replaced(): void
{
    static $number = 0;
    Registry::$instance->user = new User('user number ' . ++$number);
}

function trait_static(): void { UsesCounting::$counted++; }

function inherited(): void { Child::$shared[] = 1; }

function redeclared(): void { Child::$own = 'changed'; }

function global_variable(): void
{
    global $leftOver;
    $leftOver = 'something';
}

function constant_defined(): void
{
    if (!defined('USER_OF_REQUEST')) {
        define('USER_OF_REQUEST', 7);
    }
}

function method_static(): void { (new Plain())->remember(); }

function closure_static(): void { ($GLOBALS['handlers']['closure'])(); }

function hold_file(): void { Registry::$instance->files[] = fopen('/dev/null', 'r'); }

function storage(): void { Registry::$instance->storage->attach(new Plain()); }

function array_object(): void { Registry::$instance->arrayObject[] = 1; }

function dynamic(): void { Registry::$instance->bag->{'p' . counter()} = 1; }

function secret(): void { Registry::$instance->password = 'do-not-show-' . counter(); }

function from_request(): void { Events::$last = 'Dear ' . $_GET['name']; }

function from_cookie(): void { Events::$last = $_COOKIE['sid']; }

function cyclic(): void
{
    $ring = ['n' => counter()];
    $ring['self'] = &$ring;
    $ring['again'] = &$ring;
    Registry::$instance->ring = $ring;
    Registry::$instance->next = Registry::$instance;
}

function many(): void
{
    Registry::$instance->items = Registry::$instance->items ?: range(1, 10000);
}

function many_objects(): void
{
    Registry::$instance->items = Registry::$instance->items
        ?: array_map(fn (int $number) => new User("user $number"), range(1, 10000));
}

/// The loop puts it back.
function let_go(): void { Registry::$instance->between[] = counter(); }

function transaction(): void
{
    Registry::$instance->database = new \PDO('sqlite::memory:');
    Registry::$instance->database->beginTransaction();
}

function hooked(): void { Registry::$instance->trap = new Trap(); }

function unknown_class(): void { Registry::$instance->incomplete = unserialize('O:7:"Missing":1:{s:1:"a";i:1;}'); }

function included(): void { include_once __DIR__ . '/audit_included.php'; }

function wrapper(): void
{
    if (!in_array('audited', stream_get_wrappers(), true)) {
        stream_wrapper_register('audited', Plain::class);
    }
}

function autoloader(): void { spl_autoload_register(static function (): void {}); }

function same_objects(): void { Registry::$instance->plain = new Plain(); }

function throws(): void
{
    Events::$listeners[] = 1;
    throw new \RuntimeException('on purpose');
}

/// What a destructor does that runs after everything was put back.
function late(): void
{
    $ring = new Late($_GET['what']);
    $ring->self = $ring;
}

Registry::$instance = new Registry();
$handlers = ['closure' => function (): int {
    static $inside = 0;

    return ++$inside;
}];
$handler = function (): void {
    $do = __NAMESPACE__ . '\\' . ($_GET['do'] ?? 'nothing');
    $do();
    echo 'done';
};
$rounds = 0;
while (weir_handle_request($handler)) {
    $rounds++;
    Registry::$instance->between = [];
}
