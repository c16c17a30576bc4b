<?php

declare(strict_types=1);

namespace Guestbook;

/** Templates are PHP files. Each is given its values and `$e`, without which nothing reaches the page. */
final class View
{
    /** @param array<string, mixed> $values */
    public static function render(string $template, array $values): string
    {
        $values['content'] = self::fill($template, $values);
        return self::fill('layout', $values);
    }

    /** @param array<string, mixed> $values */
    public static function fill(string $template, array $values): string
    {
        $values['e'] = static fn(string|int $text): string
            => htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5);
        return (static function () use ($template, $values): string {
            extract($values);
            ob_start();
            require dirname(__DIR__) . "/templates/$template.php";
            return (string) ob_get_clean();
        })();
    }
}
