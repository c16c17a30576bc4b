<?php

declare(strict_types=1);

namespace Weir\Plain;

/**
 * A front controller that registers a closure as an autoloader does so at each request. Only the last one stays.
 *
 * Two are the same if they come from the same place and captured the same values. One that captured an object may be
 * different, and one that `require_once` brought comes only once: both stay.
 */
final class Autoloaders
{
    /** @var array<int, true> by the object's id */
    private array $known = [];

    public function __construct()
    {
        $this->know();
    }

    public function forgetRepeated(): void
    {
        $closures = array_filter(spl_autoload_functions(), static fn ($one): bool => $one instanceof \Closure);
        $isNew = fn (\Closure $closure): bool => !isset($this->known[spl_object_id($closure)]);
        $new = array_filter(array_map(self::identity(...), array_filter($closures, $isNew)));
        if ($new === []) {
            return;
        }
        foreach ($closures as $closure) {
            if (!$isNew($closure) && in_array(self::identity($closure), $new, true)) {
                spl_autoload_unregister($closure);
            }
        }
        $this->know();
    }

    private function know(): void
    {
        $this->known = [];
        foreach (spl_autoload_functions() as $function) {
            if ($function instanceof \Closure) {
                $this->known[spl_object_id($function)] = true;
            }
        }
    }

    private static function identity(\Closure $closure): ?string
    {
        $code = new \ReflectionFunction($closure);
        $captured = $code->getStaticVariables();
        $objects = array_filter($captured, static fn ($value): bool => is_object($value) || is_resource($value));
        return $objects === [] && $code->getClosureThis() === null
            ? $code->getFileName() . ':' . $code->getStartLine() . json_encode($captured)
            : null;
    }
}
