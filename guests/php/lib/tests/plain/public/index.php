<?php

spl_autoload_register(static fn (string $class) => null);
if (!function_exists('greet')) {
    function greet(string $name): string
    {
        return "hello $name";
    }
}
$left ??= 'nothing';
echo json_encode([greet($_GET['name']), $left, ++Visits::$count, isset($this), count(spl_autoload_functions())]);
$left = 'something';
