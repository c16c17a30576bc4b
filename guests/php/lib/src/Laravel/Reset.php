<?php

declare(strict_types=1);

namespace Weir\Laravel;

use Illuminate\Container\Container;
use Illuminate\Foundation\Application as Laravel;
use Illuminate\Support\Facades\Facade;
use Weir\State\ObjectState;
use Weir\State\StaticState;

/**
 * Brings a booted application back to what it was before a request.
 *
 * The container keeps its identity: instead of handing a copy of it to every request, its properties are put back
 * afterwards. What a request bound, resolved or registered is gone as it would be with the copy, and a service that
 * holds the container, as many do, never holds the wrong one. The same is done to the framework's own
 * services ({@see Services}) and static properties. Services of the application's own keep their state if they were
 * resolved during the boot.
 */
final class Reset
{
    /** @param list<ObjectState> $objects */
    private function __construct(
        private readonly Laravel $laravel,
        private readonly array $objects,
        private readonly StaticState $statics,
        private readonly Databases $databases,
        private readonly Locale $locale,
    ) {
    }

    public static function ofBooted(Laravel $laravel): self
    {
        Services::warm($laravel);
        Services::forgetVisitors($laravel);
        $objects = array_map(static fn (object $service) => new ObjectState($service), Services::restored($laravel));
        $objects[] = new ObjectState($laravel);
        return new self($laravel, $objects, new StaticState(Statics::RESTORED), new Databases(), Locale::ofNow());
    }

    public function run(): void
    {
        $this->databases->reset($this->laravel);
        Services::flush($this->laravel);
        $listeners = ModelListeners::of($this->laravel);
        foreach ($this->objects as $object) {
            $object->restore();
        }
        $listeners?->restore();
        $this->statics->restore();
        $this->locale->restore();
        Container::setInstance($this->laravel);
        Facade::clearResolvedInstances();
        Facade::setFacadeApplication($this->laravel);
    }
}
