<?php

declare(strict_types=1);

namespace Weir\State;

/**
 * The properties of one object as they were, to be put back later.
 *
 * As with a clone, what the properties refer to is not copied: an array comes back as it was, an object is the same
 * one. Unlike with a clone, everyone who holds the object sees it restored.
 */
final class ObjectState
{
    /** @var list<array{\Closure, array<string, mixed>}> writes into a class of the hierarchy; its properties */
    private array $parts = [];

    public function __construct(object $object)
    {
        $class = new \ReflectionClass($object);
        $this->add($object, $class, self::restorer(), static fn (): bool => true);
        // What a parent declares private is visible there only, and may have a namesake below.
        while (($class = $class->getParentClass()) && !$class->isInternal()) {
            $this->add($object, $class, self::writer(), self::isPrivateIn($class));
        }
    }

    public function restore(): void
    {
        foreach ($this->parts as [$write, $values]) {
            $write($values);
        }
    }

    private function add(object $object, \ReflectionClass $class, \Closure $write, \Closure $belongs): void
    {
        $scope = $class->isInternal() ? null : $class->getName();
        $values = \Closure::bind(fn (): array => get_object_vars($this), $object, $scope ?? self::class)();
        foreach ($values as $name => $_) {
            $fixed = $class->hasProperty($name) && $class->getProperty($name)->isReadOnly();
            if ($fixed || !$belongs((string) $name)) {
                unset($values[$name]);
            }
        }
        $this->parts[] = [\Closure::bind($write, $object, $scope ?? self::class), $values];
    }

    private static function isPrivateIn(\ReflectionClass $class): \Closure
    {
        return static fn (string $name): bool => $class->hasProperty($name)
            && $class->getProperty($name)->isPrivate();
    }

    private static function writer(): \Closure
    {
        return function (array $values): void {
            foreach ($values as $name => $value) {
                $this->$name = $value;
            }
        };
    }

    /** Also removes what was not there: dynamic properties, and typed ones that had no value. */
    private static function restorer(): \Closure
    {
        return function (array $values): void {
            foreach (array_diff_key(get_object_vars($this), $values) as $name => $_) {
                if (!property_exists($this, $name) || !(new \ReflectionProperty($this, $name))->isReadOnly()) {
                    unset($this->$name);
                }
            }
            foreach ($values as $name => $value) {
                $this->$name = $value;
            }
        };
    }
}
