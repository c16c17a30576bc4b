<?php

// Sessions: with, without, with handlers of the boot and of a request.

function do_session(): void
{
    session_start();
    $_SESSION['user'] ??= $_GET['user'];
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo json_encode([session_id(), $_SESSION]);
    if (isset($_GET['exit'])) {
        exit;
    }
}

function do_session_without(): void
{
    echo json_encode([session_id(), session_status(), $_SESSION ?? null]);
}

function do_session_read(): void
{
    echo json_encode([session_id(), $_SESSION ?? null]);
}

function do_session_handler(): void
{
    session_start();
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo $_SESSION['n'], ' ', ini_get('session.save_handler');
}

function do_session_other_handler(): void
{
    session_set_save_handler(new Sessions('other'));
    do_session_handler();
}

final class Sessions implements SessionHandlerInterface
{
    public static array $all = [];

    public function __construct(private string $name) {}
    public function open(string $path, string $name): bool { return true; }
    public function close(): bool { return true; }
    public function read(string $id): string { return self::$all[$this->name][$id] ?? ''; }
    public function write(string $id, string $data): bool { self::$all[$this->name][$id] = $data; return true; }
    public function destroy(string $id): bool { unset(self::$all[$this->name][$id]); return true; }
    public function gc(int $max): int { return 0; }
}
