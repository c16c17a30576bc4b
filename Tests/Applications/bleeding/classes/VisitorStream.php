<?php

namespace Bleeding;

final class VisitorStream
{
    /** @var ?resource set by PHP */
    public $context;

    public function stream_open(): bool
    {
        return false;
    }
}
