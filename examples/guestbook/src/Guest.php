<?php

declare(strict_types=1);

namespace Guestbook;

/** A visitor who has told a name. The id is known to this visitor's session alone. */
final readonly class Guest
{
    public function __construct(public string $id, public string $name)
    {
    }
}
