<?php

declare(strict_types=1);

namespace Weir;

/** The application that this worker serves: where it is, and the variables that its boot sets. */
final class Application
{
    /** @var array<string, mixed> */
    private array $env = [];
    /** @var array<string, mixed> */
    private array $server = [];

    public function __construct(public readonly string $root, public readonly string $entry)
    {
    }

    public static function ofThisWorker(): self
    {
        $application = new self(self::variable('WEIR_APP_ROOT'), self::variable('WEIR_ENTRY'));
        // Where a front controller that is run for each request would be.
        chdir(dirname($application->entry));
        return $application;
    }

    public function path(string $below): string
    {
        return $this->root . '/' . $below;
    }

    public function loadAutoloader(): void
    {
        $autoloader = $this->path('vendor/autoload.php');
        if (is_file($autoloader)) {
            require_once $autoloader;
        }
    }

    /**
     * Runs `$boot` and remembers what it adds to `$_ENV` and `$_SERVER`, as .env loaders do: both belong to the
     * request, and would be without it from the first one on.
     *
     * @template T
     * @param \Closure(): T $boot
     * @return T
     */
    public function boot(\Closure $boot): mixed
    {
        [$env, $server] = [$_ENV, $_SERVER];
        $booted = $boot();
        $this->env = self::added($_ENV, $env);
        $this->server = self::added($_SERVER, $server);
        return $booted;
    }

    /** At the beginning of each request. What the request itself says goes first. */
    public function restoreVariables(): void
    {
        $_ENV += $this->env;
        $_SERVER += $this->server;
    }

    private static function variable(string $name): string
    {
        $value = getenv($name);
        if ($value === false || $value === '') {
            throw new \RuntimeException("$name is not set: this script is for workers of Weir (mode: worker)");
        }
        return $value;
    }

    /** @return array<string, mixed> */
    private static function added(array $after, array $before): array
    {
        // A field of a request must come from the request.
        $isVariable = static fn (string|int $name): bool => !str_starts_with((string) $name, 'HTTP_');
        return array_filter(array_diff_key($after, $before), $isVariable, ARRAY_FILTER_USE_KEY);
    }
}
