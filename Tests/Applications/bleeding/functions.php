<?php

namespace Bleeding;

/** Whoever asked first, unless that is the one who asks. */
function first_visitor(string $visitor): ?string
{
    static $first = null;
    $first ??= $visitor;
    return $first === $visitor ? null : $first;
}
