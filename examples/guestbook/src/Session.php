<?php

declare(strict_types=1);

namespace Guestbook;

/** What is remembered about one visitor: the name, the token of the forms, a message for the next page. */
final class Session
{
    public function __construct(private readonly string $directory)
    {
    }

    public function start(bool $secure): void
    {
        session_name('guestbook');
        session_start([
            'save_path' => $this->directory,
            'use_strict_mode' => true,
            'cookie_httponly' => true,
            'cookie_samesite' => 'Lax',
            'cookie_secure' => $secure,
            'cache_limiter' => '',
            'gc_maxlifetime' => 86_400,
            // Debian leaves the sweeping to a timer that knows only its own directory.
            'gc_probability' => 1,
            'gc_divisor' => 100,
        ]);
    }

    public function guest(): ?Guest
    {
        return isset($_SESSION['guest']) ? new Guest($_SESSION['guest'], $_SESSION['name']) : null;
    }

    public function signIn(string $name): void
    {
        // A new id: one that was planted in the browser beforehand is worth nothing.
        session_regenerate_id(true);
        $_SESSION['guest'] ??= bin2hex(random_bytes(16));
        $_SESSION['name'] = $name;
    }

    public function signOut(): void
    {
        session_regenerate_id(true);
        $_SESSION = [];
    }

    public function token(): string
    {
        return session_status() === PHP_SESSION_ACTIVE ? $_SESSION['token'] ??= bin2hex(random_bytes(16)) : '';
    }

    public function requireToken(string $given): void
    {
        if (!hash_equals($this->token(), $given)) {
            throw Refusal::staleForm();
        }
    }

    public function flash(string $message): void
    {
        $_SESSION['flash'] = $message;
    }

    public function takeFlash(): ?string
    {
        $message = $_SESSION['flash'] ?? null;
        unset($_SESSION['flash']);
        return $message;
    }
}
