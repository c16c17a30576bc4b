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
        $this->add($object, $class, self::restorer(count(self::visible($object, $class))), static fn (): bool => true);
        // What a parent declares private is visible there only, and may have a namesake below.
        while (($class = $class->getParentClass()) && !$class->isInternal()) {
            if ($class->getProperties(\ReflectionProperty::IS_PRIVATE) !== []) {
                $this->add($object, $class, self::writer(), self::isPrivateIn($class));
            }
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
        $values = self::visible($object, $class);
        foreach ($values as $name => $_) {
            $fixed = $class->hasProperty($name) && $class->getProperty($name)->isReadOnly();
            if ($fixed || !$belongs((string) $name)) {
                unset($values[$name]);
            }
        }
        $this->parts[] = [\Closure::bind($write, $object, self::scope($class)), $values];
    }

    /** @return array<string, mixed> the properties that code of the class sees */
    private static function visible(object $object, \ReflectionClass $class): array
    {
        return \Closure::bind(fn (): array => get_object_vars($this), $object, self::scope($class))();
    }

    /** PHP's own classes let nobody in. */
    private static function scope(\ReflectionClass $class): string
    {
        return $class->isInternal() ? self::class : $class->getName();
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
    private static function restorer(int $count): \Closure
    {
        return function (array $values) use ($count): void {
            if (count(get_object_vars($this)) > $count) {
                foreach (array_diff_key(get_object_vars($this), $values) as $name => $_) {
                    if (!property_exists($this, $name) || !(new \ReflectionProperty($this, $name))->isReadOnly()) {
                        unset($this->$name);
                    }
                }
            }
            foreach ($values as $name => $value) {
                $this->$name = $value;
            }
        };
    }
}
