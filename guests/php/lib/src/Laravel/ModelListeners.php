<?php

declare(strict_types=1);

namespace Weir\Laravel;

use Illuminate\Events\Dispatcher;
use Illuminate\Foundation\Application as Laravel;

/**
 * The listeners that Eloquent's models registered for themselves.
 *
 * A model does so once, when it is used first, and remembers that in a static property. So these must outlive the
 * request in which it happened, unlike the listeners that a request adds.
 */
final class ModelListeners
{
    /** @param array<string, array> $listeners by the name of the event */
    private function __construct(private readonly Dispatcher $events, private readonly array $listeners)
    {
    }

    public static function of(Laravel $laravel): ?self
    {
        $events = $laravel->make('events');
        if (!$events instanceof Dispatcher) {
            return null;
        }
        $all = \Closure::bind(fn (): array => $this->listeners, $events, Dispatcher::class)();
        $ofModels = static fn (string $event): bool => str_starts_with($event, 'eloquent.');
        return new self($events, array_filter($all, $ofModels, ARRAY_FILTER_USE_KEY));
    }

    public function restore(): void
    {
        $add = function (array $listeners): void {
            $this->listeners = $listeners + $this->listeners;
        };
        \Closure::bind($add, $this->events, Dispatcher::class)($this->listeners);
    }
}
