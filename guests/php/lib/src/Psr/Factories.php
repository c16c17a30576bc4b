<?php

declare(strict_types=1);

namespace Weir\Psr;

use Psr\Http\Message\ServerRequestFactoryInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\UploadedFileFactoryInterface;
use Psr\Http\Message\UriFactoryInterface;

/** The PSR-17 factories of the PSR-7 implementation that the application has. */
final class Factories
{
    /** By preference: for requests, URIs, streams, uploaded files. */
    private const KNOWN = [
        ['Nyholm\Psr7\Factory\Psr17Factory'],
        ['GuzzleHttp\Psr7\HttpFactory'],
        [
            'Laminas\Diactoros\ServerRequestFactory', 'Laminas\Diactoros\UriFactory', 'Laminas\Diactoros\StreamFactory',
            'Laminas\Diactoros\UploadedFileFactory',
        ],
        [
            'Slim\Psr7\Factory\ServerRequestFactory', 'Slim\Psr7\Factory\UriFactory', 'Slim\Psr7\Factory\StreamFactory',
            'Slim\Psr7\Factory\UploadedFileFactory',
        ],
    ];

    public function __construct(
        public readonly ServerRequestFactoryInterface $requests,
        public readonly UriFactoryInterface $uris,
        public readonly StreamFactoryInterface $streams,
        public readonly UploadedFileFactoryInterface $files,
    ) {
    }

    public static function installed(): self
    {
        foreach (self::KNOWN as $classes) {
            if (class_exists($classes[0])) {
                $factories = array_map(static fn (string $class): object => new $class(), $classes);
                // One object may be all of them.
                return new self(...array_pad($factories, 4, $factories[0]));
            }
        }
        throw new \RuntimeException('There is no PSR-7 implementation that Weir knows: composer require nyholm/psr7');
    }
}
