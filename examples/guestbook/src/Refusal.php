<?php

declare(strict_types=1);

namespace Guestbook;

/** A request that gets no for an answer, in words for the visitor. */
final class Refusal extends \RuntimeException
{
    private function __construct(public readonly int $status, public readonly string $title, string $message)
    {
        parent::__construct($message);
    }

    public static function notFound(): self
    {
        return new self(404, 'Not found', 'This page is not in the book.');
    }

    /** @param list<string> $allowed */
    public static function methodNotAllowed(array $allowed): self
    {
        return new self(405, 'Not like that', 'This address takes ' . implode(' and ', $allowed) . ' only.');
    }

    public static function tooLarge(): self
    {
        $limit = ini_get('post_max_size');
        return new self(413, 'Too large', "That was more than the server takes in one go ($limit).");
    }

    public static function staleForm(): self
    {
        return new self(403, 'The form is stale', 'Your session has ended since. Go back, reload the page, try again.');
    }

    public static function signInFirst(): self
    {
        return new self(403, 'Who are you?', 'Tell us your name before you write.');
    }

    public static function notYours(): self
    {
        return new self(403, 'Not yours', 'Only who wrote an entry can take it out.');
    }
}
