<?php

declare(strict_types=1);

namespace Guestbook;

/**
 * Where the guestbook keeps what it is given: `APP_DATA`, or a directory of its own among the temporary files.
 * A server started as root runs its workers as somebody else, so a place beside the code would not be writable.
 */
final readonly class DataDirectory
{
    private function __construct(private string $path)
    {
    }

    public static function forThisUser(): self
    {
        $user = function_exists('posix_geteuid') ? posix_geteuid() : get_current_user();
        $chosen = getenv('APP_DATA');
        $data = new self($chosen ?: sys_get_temp_dir() . "/weir-guestbook-$user");
        $data->directory('.');
        // The name in the temporary directory can be guessed: somebody else may have been there first.
        if (!$chosen && is_int($user) && (is_link($data->path) || fileowner($data->path) !== $user)) {
            throw new \RuntimeException("$data->path belongs to somebody else. Set APP_DATA to a directory of yours.");
        }
        return $data;
    }

    public function file(string $name): string
    {
        return "$this->path/$name";
    }

    public function directory(string $name): string
    {
        $directory = $this->file($name);
        // Two workers may be at it at once: what counts is that the directory is there afterwards.
        if (!is_dir($directory) && !@mkdir($directory, 0700, recursive: true) && !is_dir($directory)) {
            throw new \RuntimeException("Cannot create $directory. Set APP_DATA to a writable directory.");
        }
        return $directory;
    }
}
