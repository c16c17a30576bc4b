<?php

declare(strict_types=1);

// For applications that do not have this package through Composer.
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Weir\\')) {
        $file = __DIR__ . '/' . strtr(substr($class, strlen('Weir\\')), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    }
});
