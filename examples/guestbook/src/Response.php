<?php

declare(strict_types=1);

namespace Guestbook;

/** What the visitor gets: a page, a redirect or a file. */
final readonly class Response
{
    private const ALWAYS = [
        'X-Content-Type-Options' => 'nosniff',
        'Referrer-Policy' => 'same-origin',
        'Content-Security-Policy' => "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ];

    /** @param array<string, string> $headers */
    private function __construct(
        private int $status,
        private array $headers,
        private string $body = '',
        private ?string $file = null,
    ) {
    }

    public static function html(string $body, int $status): self
    {
        return new self($status, [
            'Content-Type' => 'text/html; charset=utf-8',
            'Content-Length' => (string) strlen($body),
            'Cache-Control' => 'no-store',
        ], $body);
    }

    /** After a form, the browser asks for a page: reloading it then sends nothing twice. */
    public static function redirect(string $to): self
    {
        return new self(303, ['Location' => $to, 'Cache-Control' => 'no-store']);
    }

    /** @param array<string, string> $headers */
    public static function file(string $file, string $type, array $headers): self
    {
        $headers += ['Content-Type' => $type, 'Content-Length' => (string) filesize($file)];
        return new self(200, $headers, file: $file);
    }

    /** @param array<string, string> $headers */
    public static function notModified(array $headers): self
    {
        return new self(304, $headers);
    }

    public function send(): void
    {
        http_response_code($this->status);
        foreach (self::ALWAYS + $this->headers as $name => $value) {
            header("$name: $value");
        }
        if ($this->file !== null) {
            readfile($this->file);
        } else {
            echo $this->body;
        }
    }
}
