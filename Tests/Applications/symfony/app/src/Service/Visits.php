<?php

namespace App\Service;

use Symfony\Contracts\Service\ResetInterface;

/** A service that keeps something of a request, and does it the way Symfony asks for: it can be reset. */
final class Visits implements ResetInterface
{
    /** @var list<string> */
    public array $names = [];

    public function reset(): void
    {
        $this->names = [];
    }
}
