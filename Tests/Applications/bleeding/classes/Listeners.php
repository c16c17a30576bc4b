<?php

namespace Bleeding;

final class Listeners
{
    /** @var array<string, list<\Closure>> */
    public static array $all = [];
}
