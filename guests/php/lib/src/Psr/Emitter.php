<?php

declare(strict_types=1);

namespace Weir\Psr;

use Psr\Http\Message\ResponseInterface;

/** Sends a PSR-7 response in pieces, so that a large one never is in memory. */
final class Emitter
{
    private const PIECE = 64 << 10;

    public static function send(ResponseInterface $response): void
    {
        foreach ($response->getHeaders() as $name => $values) {
            // The first of a name replaces PHP's own (Content-Type). Cookies stand beside those that PHP itself set.
            $first = strcasecmp((string) $name, 'Set-Cookie') !== 0;
            foreach ($values as $value) {
                header("$name: $value", $first);
                $first = false;
            }
        }
        $status = $response->getStatusCode();
        header(rtrim("HTTP/{$response->getProtocolVersion()} $status {$response->getReasonPhrase()}"), true, $status);
        self::sendBody($response);
    }

    private static function sendBody(ResponseInterface $response): void
    {
        $body = $response->getBody();
        if ($body->isSeekable()) {
            $body->rewind();
        }
        while (!$body->eof()) {
            echo $body->read(self::PIECE);
        }
    }
}
