<?php

declare(strict_types=1);

namespace Weir\Laravel;

/** The language of dates, which Carbon keeps in translators of its own. */
final class Locale
{
    private const CLASSES = [
        \Carbon\Carbon::class,
        \Carbon\CarbonImmutable::class,
        \Carbon\CarbonInterval::class,
        \Carbon\CarbonPeriod::class,
    ];

    /** @param array<class-string, string> $locales */
    private function __construct(private readonly array $locales)
    {
    }

    public static function ofNow(): self
    {
        $locales = [];
        foreach (array_filter(self::CLASSES, class_exists(...)) as $class) {
            $locales[$class] = $class::getLocale();
        }
        return new self($locales);
    }

    public function restore(): void
    {
        foreach ($this->locales as $class => $locale) {
            if ($class::getLocale() !== $locale) {
                $class::setLocale($locale);
            }
        }
    }
}
