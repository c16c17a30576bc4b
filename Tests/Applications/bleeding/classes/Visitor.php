<?php

namespace Bleeding;

final class Visitor
{
    public static ?string $name = null;
    public static int $ended = 0;
    public static ?string $upload = null;
}
