<?php

declare(strict_types=1);

namespace Guestbook;

/** A kept photo, and its size on the page. */
final readonly class Photo
{
    public function __construct(public string $id, public int $width, public int $height)
    {
    }
}
