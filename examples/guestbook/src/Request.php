<?php

declare(strict_types=1);

namespace Guestbook;

/** What the visitor sent. Read from PHP's globals once, so that nothing else touches them. */
final readonly class Request
{
    /**
     * @param array<string, mixed> $query
     * @param array<string, mixed> $fields
     * @param array<string, array<string, mixed>> $uploads
     * @param array<string, mixed> $server
     */
    private function __construct(
        public string $method,
        public string $path,
        public bool $secure,
        public bool $bodyWasTooLarge,
        private array $query,
        private array $fields,
        private array $uploads,
        private array $server,
    ) {
    }

    public static function fromGlobals(): self
    {
        return new self(
            method: $_SERVER['REQUEST_METHOD'] ?? 'GET',
            path: rawurldecode(explode('?', $_SERVER['REQUEST_URI'] ?? '/', 2)[0]),
            secure: in_array(strtolower($_SERVER['HTTPS'] ?? ''), ['on', '1'], true),
            // PHP's way of saying that the body went over post_max_size: it has a length and nothing in it.
            bodyWasTooLarge: (int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > 0 && $_POST === [] && $_FILES === [],
            query: $_GET,
            fields: $_POST,
            uploads: $_FILES,
            server: $_SERVER,
        );
    }

    public function query(string $name, string $default = ''): string
    {
        $value = $this->query[$name] ?? $default;
        return is_string($value) ? $value : $default;
    }

    public function field(string $name): string
    {
        $value = $this->fields[$name] ?? '';
        return is_string($value) ? $value : '';
    }

    /** @return ?array{error: int, tmp_name: string} */
    public function upload(string $name): ?array
    {
        $upload = $this->uploads[$name] ?? null;
        return is_int($upload['error'] ?? null) ? $upload : null;
    }

    public function header(string $name): ?string
    {
        return $this->server['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? null;
    }
}
