<?php

namespace Bleeding;

final class CurrentUser
{
    private static ?self $instance = null;

    private function __construct(public readonly string $name)
    {
    }

    public static function instance(string $visitor): self
    {
        return self::$instance ??= new self($visitor);
    }
}
