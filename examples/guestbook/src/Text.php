<?php

declare(strict_types=1);

namespace Guestbook;

/** What people type, made fit to keep. */
final class Text
{
    /** Valid UTF-8, no control characters, no blank edges; one line unless `lines`. */
    public static function tidy(string $text, bool $lines = true): string
    {
        $text = mb_scrub($text, 'UTF-8');
        $text = (string) preg_replace('/\r\n?/', "\n", $text);
        $text = (string) preg_replace($lines ? '/[^\P{Cc}\n]/u' : '/[\p{Cc}\s]+/u', $lines ? '' : ' ', $text);
        return (string) preg_replace(['/\A\s+|\s+\z/u', '/\n{3,}/'], ['', "\n\n"], $text);
    }
}
