<?php

declare(strict_types=1);

namespace Weir\Symfony;

use Symfony\Component\Dotenv\Dotenv;
use Symfony\Component\ErrorHandler\Debug;
use Symfony\Component\HttpKernel\HttpKernelInterface;
use Symfony\Component\Runtime\SymfonyRuntime;
use Weir\Application;

/** Gets the kernel that `public/index.php` would use. */
final class FrontController
{
    /** Whether it returns a closure for symfony/runtime. Any other handles a request itself, and gives no kernel. */
    public static function usesRuntime(string $entry): bool
    {
        return is_file($entry) && str_contains((string) file_get_contents($entry), 'autoload_runtime.php');
    }

    public static function kernelOfRuntime(Application $application): HttpKernelInterface
    {
        // autoload_runtime.php runs the application unless the autoloader is loaded, which it is.
        $app = require $application->entry;
        $configured = self::configured($application);
        $class = $_SERVER['APP_RUNTIME'] ?? $_ENV['APP_RUNTIME'] ?? $configured['class'] ?? SymfonyRuntime::class;
        unset($configured['class'], $configured['autoload_template']);
        $options = ($_SERVER['APP_RUNTIME_OPTIONS'] ?? []) + $configured + ['project_dir' => $application->root];
        [$app, $arguments] = (new $class($options))->getResolver($app)->resolve();
        return self::checked($app(...$arguments), "$application->entry returns");
    }

    public static function kernelByName(Application $application): HttpKernelInterface
    {
        if (class_exists(Dotenv::class) && is_file($application->path('.env'))) {
            (new Dotenv())->bootEnv($application->path('.env'));
        }
        // Symfony's own default is "dev". A server that was told nothing must not show stack traces.
        $environment = self::variable('APP_ENV') ?? 'prod';
        $debug = filter_var(self::variable('APP_DEBUG') ?? $environment !== 'prod', FILTER_VALIDATE_BOOL);
        if ($debug && class_exists(Debug::class)) {
            umask(0);
            Debug::enable();
        }
        $class = self::variable('KERNEL_CLASS') ?? 'App\\Kernel';
        if (!class_exists($class)) {
            throw new \RuntimeException("There is no class $class. Name the application's kernel with KERNEL_CLASS");
        }
        return self::checked(new $class($environment, $debug), "$class is");
    }

    /** What composer.json says to symfony/runtime. */
    private static function configured(Application $application): array
    {
        $composer = $application->path('composer.json');
        $known = is_file($composer) ? json_decode((string) file_get_contents($composer), true) : null;
        return $known['extra']['runtime'] ?? [];
    }

    private static function variable(string $name): ?string
    {
        $value = $_SERVER[$name] ?? $_ENV[$name] ?? getenv($name);
        return $value === false || $value === '' ? null : (string) $value;
    }

    private static function checked(mixed $front, string $who): HttpKernelInterface
    {
        if ($front instanceof HttpKernelInterface) {
            return $front;
        }
        $type = get_debug_type($front);
        throw new \RuntimeException("$who $type, but Weir's worker for Symfony needs an HttpKernelInterface");
    }
}
