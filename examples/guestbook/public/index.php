<?php

// The front controller: every address that is not a file in this directory comes here.

declare(strict_types=1);

namespace Guestbook;

spl_autoload_register(static function (string $class): void {
    [$prefix, $name] = explode('\\', $class, 2) + [1 => ''];
    if ($prefix === __NAMESPACE__) {
        require dirname(__DIR__) . '/src/' . strtr($name, '\\', '/') . '.php';
    }
});

(new App(DataDirectory::forThisUser()))->handle(Request::fromGlobals())->send();
