<?php

declare(strict_types=1);

namespace Weir\Symfony;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\NativeSessionStorage;

/**
 * What a session storage sets when it is made, for the requests that come after.
 *
 * It is made in the first request that has a session, and Symfony 5 keeps it. The settings and the save handler belong to
 * the request they were made in, and are taken back at its end.
 */
final class SessionSettings
{
    /** Those of the storage's constructor and of the file handler's. */
    private const NAMES = [
        'session.save_path', 'session.cache_limiter', 'session.cache_expire', 'session.use_cookies',
        'session.lazy_write', 'session.use_strict_mode',
    ];

    /** @var array<string, string> */
    private array $values = [];
    private ?NativeSessionStorage $storage = null;

    public function restore(): void
    {
        foreach ($this->values as $name => $value) {
            if (ini_get($name) !== $value) {
                ini_set($name, $value);
            }
        }
        $this->storage?->setSaveHandler($this->storage->getSaveHandler());
    }

    /** Called when the request has been handled. */
    public function keep(Request $request): void
    {
        if (!$request->hasSession(true)) {
            return;
        }
        $session = $request->getSession();
        $storage = $session instanceof Session ? (fn () => $this->storage)->call($session) : null;
        $this->storage = $storage instanceof NativeSessionStorage ? $storage : null;
        foreach (self::NAMES as $name) {
            $this->values[$name] = (string) ini_get($name);
        }
    }

    public function forget(): void
    {
        $this->values = [];
        $this->storage = null;
    }
}
