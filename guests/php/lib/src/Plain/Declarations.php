<?php

declare(strict_types=1);

namespace Weir\Plain;

/** Finds the functions and classes that a file declares whatever happens: including it twice is a fatal error. */
final class Declarations
{
    public const ADVICE = 'Move its functions and classes to a file that require_once brings, '
        . 'or serve the application with mode: classic';

    private const KINDS = [
        T_FUNCTION => 'function',
        T_CLASS => 'class',
        T_INTERFACE => 'interface',
        T_TRAIT => 'trait',
        T_ENUM => 'enum',
    ];

    public static function refuse(string $file): void
    {
        // Without PHP's tokenizer extension PHP itself will find them, at the second request.
        $canLook = class_exists(\PhpToken::class);
        $found = $canLook ? self::unconditional((string) file_get_contents($file)) : [];
        if ($found !== []) {
            $list = implode(', ', $found);
            throw new \RuntimeException("$file declares $list, and is included for each request. " . self::ADVICE);
        }
    }

    /** @return list<string> as "function f() in line 3" */
    public static function unconditional(string $source): array
    {
        $found = [];
        $depth = 0;
        $tokens = array_values(array_filter(
            \PhpToken::tokenize($source),
            static fn (\PhpToken $token): bool => !$token->isIgnorable(),
        ));
        foreach ($tokens as $index => $token) {
            if ($token->is(['{', '(', '[', T_CURLY_OPEN, T_DOLLAR_OPEN_CURLY_BRACES, T_ATTRIBUTE])) {
                // A namespace's braces are no condition.
                $depth += self::opensNamespace($tokens, $index) ? 0 : 1;
            } elseif ($token->is(['}', ')', ']'])) {
                $depth = max(0, $depth - 1);
            } elseif ($depth === 0 && isset(self::KINDS[$token->id])) {
                $name = self::nameAfter($tokens, $index);
                if ($name !== null) {
                    $found[] = self::KINDS[$token->id] . " $name in line $token->line";
                }
            }
        }
        return $found;
    }

    /** @param list<\PhpToken> $tokens */
    private static function opensNamespace(array $tokens, int $index): bool
    {
        $before = $tokens[$index - 1] ?? null;
        $twoBefore = $tokens[$index - 2] ?? null;
        return $tokens[$index]->is('{')
            && ($before?->is(T_NAMESPACE)
                || ($twoBefore?->is(T_NAMESPACE) && $before->is([T_STRING, T_NAME_QUALIFIED])));
    }

    /** @param list<\PhpToken> $tokens */
    private static function nameAfter(array $tokens, int $index): ?string
    {
        $before = $tokens[$index - 1] ?? null;
        // Imports (use function), Foo::class, and anonymous ones have no name here.
        if ($before?->is([T_USE, T_DOUBLE_COLON, T_NEW])) {
            return null;
        }
        $next = $tokens[$index + 1] ?? null;
        if ($next?->text === '&') {
            $next = $tokens[$index + 2] ?? null;
        }
        return $next?->is(T_STRING) ? $next->text : null;
    }
}
