<?php

namespace Bleeding;

final class Cache
{
    /** @var array<string, string> */
    public static array $entries = [];
    /** @var list<resource> */
    public static array $handles = [];
}
