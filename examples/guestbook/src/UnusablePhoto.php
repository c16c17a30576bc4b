<?php

declare(strict_types=1);

namespace Guestbook;

/** The uploaded file cannot be kept. The message is for the visitor. */
final class UnusablePhoto extends \RuntimeException
{
}
