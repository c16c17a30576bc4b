<?php

declare(strict_types=1);

namespace Weir\Laravel;

use Illuminate\Cache\ArrayStore;
use Illuminate\Foundation\Application as Laravel;

/** Which of the framework's services live as long as the worker, and what of them does not. */
final class Services
{
    /** Resolved before the first request, so that it is done once. None of them connects to anything. */
    private const WARM = [
        'auth', 'blade.compiler', 'cache', 'config', 'cookie', 'db', 'encrypter', 'events', 'files', 'hash', 'log',
        'queue', 'redis', 'router', 'session', 'translator', 'url', 'validator', 'view',
    ];

    /**
     * What a service keeps for one visitor, by the property that holds it: emptied before the boot's state is
     * remembered, in case a provider asked for it during the boot.
     */
    private const VISITORS = [
        'auth' => 'guards',
        'cookie' => 'queued',
        'mail.manager' => 'mailers',
        'session' => 'drivers',
        \Illuminate\Broadcasting\BroadcastManager::class => 'drivers',
        \Illuminate\Notifications\ChannelManager::class => 'drivers',
    ];

    /** What holds a session or a guard: made anew for each request that asks. */
    private const FORGOTTEN = ['auth.driver', 'mailer', 'redirect', 'session.store'];

    /** Put back to the boot's state after each request, if the boot resolved them. */
    private const RESTORED = [
        'auth', 'auth.password', 'blade.compiler', 'config', 'cookie', 'db.transactions', 'events', 'log',
        'mail.manager', 'router', 'session', 'translator', 'url', 'validator', 'view', 'view.engine.resolver',
        \Illuminate\Broadcasting\BroadcastManager::class,
        \Illuminate\Bus\Dispatcher::class,
        \Illuminate\Contracts\Auth\Access\Gate::class,
        \Illuminate\Contracts\Debug\ExceptionHandler::class,
        \Illuminate\Contracts\Http\Kernel::class,
        \Illuminate\Contracts\Pipeline\Hub::class,
        \Illuminate\Foundation\Mix::class,
        \Illuminate\Foundation\Vite::class,
        \Illuminate\Http\Client\Factory::class,
        \Illuminate\Notifications\ChannelManager::class,
        'Inertia\ResponseFactory',
        'Laravel\Scout\EngineManager',
        'Laravel\Socialite\Contracts\Factory',
    ];

    public static function warm(Laravel $laravel): void
    {
        foreach (self::WARM as $name) {
            try {
                $laravel->bound($name) && $laravel->make($name);
            } catch (\Throwable) {
                // Not configured (no key, no driver). The request that needs it will say so.
            }
        }
    }

    public static function forgetVisitors(Laravel $laravel): void
    {
        foreach (self::VISITORS as $name => $property) {
            $service = self::resolved($laravel, $name);
            if ($service !== null && property_exists($service, $property)) {
                self::write($service, $property, []);
            }
        }
        foreach (self::FORGOTTEN as $name) {
            $laravel->forgetInstance($name);
        }
        if (method_exists($laravel, 'forgetScopedInstances')) {
            $laravel->forgetScopedInstances();
        }
    }

    /** @return list<object> */
    public static function restored(Laravel $laravel): array
    {
        $services = array_map(static fn (string $name): ?object => self::resolved($laravel, $name), self::RESTORED);
        // The finder has no name of its own, and where it looks may depend on the visitor.
        $services[] = self::resolved($laravel, 'view')?->getFinder();
        return array_values(array_filter($services));
    }

    /** What cannot be restored because it belongs to objects that stay. */
    public static function flush(Laravel $laravel): void
    {
        $route = self::resolved($laravel, 'router')?->current();
        if ($route !== null) {
            // It would keep its controller, with all that was injected.
            $route->controller = null;
            unset($route->parameters);
        }
        $cache = self::resolved($laravel, 'cache');
        foreach ($cache === null ? [] : self::read($cache, 'stores') as $store) {
            if ($store->getStore() instanceof ArrayStore) {
                $store->getStore()->flush();
            }
        }
        foreach (['Livewire\LivewireManager' => 'flushState'] as $name => $method) {
            $service = self::resolved($laravel, $name);
            if ($service !== null && method_exists($service, $method)) {
                $service->$method();
            }
        }
    }

    private static function resolved(Laravel $laravel, string $name): ?object
    {
        $instance = self::read($laravel, 'instances')[$laravel->getAlias($name)] ?? null;
        return is_object($instance) ? $instance : null;
    }

    private static function read(object $object, string $property): array
    {
        return \Closure::bind(fn (): array => $this->$property, $object, $object::class)();
    }

    private static function write(object $object, string $property, array $value): void
    {
        \Closure::bind(fn () => $this->$property = $value, $object, $object::class)();
    }
}
