<?php

declare(strict_types=1);

namespace Weir\Psr;

use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\UploadedFileInterface;
use Psr\Http\Message\UriInterface;

/** Makes a PSR-7 request of the superglobals. */
final class Requests
{
    private const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data'];

    public function __construct(private readonly Factories $factories)
    {
    }

    public function ofSuperglobals(): ServerRequestInterface
    {
        $method = $_SERVER['REQUEST_METHOD'] ?? 'GET';
        $request = $this->factories->requests->createServerRequest($method, $this->uri(), $_SERVER)
            ->withProtocolVersion(substr($_SERVER['SERVER_PROTOCOL'] ?? 'HTTP/1.1', strlen('HTTP/')))
            ->withCookieParams($_COOKIE)
            ->withQueryParams($_GET)
            ->withUploadedFiles($this->files($_FILES))
            ->withBody($this->factories->streams->createStreamFromFile('php://input'));
        foreach (getallheaders() as $name => $value) {
            $request = $request->withHeader((string) $name, $value);
        }
        $type = strtolower(trim(explode(';', $_SERVER['CONTENT_TYPE'] ?? '')[0]));
        return $method === 'POST' && in_array($type, self::FORMS, true) ? $request->withParsedBody($_POST) : $request;
    }

    private function uri(): UriInterface
    {
        $scheme = in_array(strtolower($_SERVER['HTTPS'] ?? ''), ['', 'off'], true) ? 'http' : 'https';
        $host = $_SERVER['HTTP_HOST'] ?? $_SERVER['SERVER_NAME'] ?? 'localhost';
        $target = $_SERVER['REQUEST_URI'] ?? '/';
        // OPTIONS may ask for "*", which is nowhere.
        return $this->factories->uris->createUri("$scheme://$host" . (str_starts_with($target, '/') ? $target : '/'));
    }

    /**
     * PHP turns a field `a[b]` inside out: `a` has a `name` with a `b`, a `size` with a `b`, and so on. Here each file
     * is whole.
     *
     * @return array<array-key, UploadedFileInterface|array>
     */
    private function files(array $fields): array
    {
        return array_map(fn (array $field): UploadedFileInterface|array => $this->file($field), $fields);
    }

    private function file(array $field): UploadedFileInterface|array
    {
        if (!is_array($field['tmp_name'])) {
            return $this->uploaded($field);
        }
        $files = [];
        foreach (array_keys($field['tmp_name']) as $key) {
            $files[$key] = $this->file(array_map(static fn (array $values) => $values[$key], $field));
        }
        return $files;
    }

    private function uploaded(array $file): UploadedFileInterface
    {
        $stream = $file['error'] === UPLOAD_ERR_OK
            ? $this->factories->streams->createStreamFromFile($file['tmp_name'])
            : $this->factories->streams->createStream();
        return $this->factories->files->createUploadedFile(
            $stream,
            (int) $file['size'],
            (int) $file['error'],
            $file['name'],
            $file['type'],
        );
    }
}
