<?php

declare(strict_types=1);

namespace Weir\State;

/** Static properties of classes as they were, to be put back later. */
final class StaticState
{
    /** @var list<array{\ReflectionProperty, mixed}> */
    private array $values = [];

    /** @param array<class-string, list<string>> $classes names of properties; none means all that the class declares */
    public function __construct(array $classes)
    {
        foreach ($classes as $class => $names) {
            // Other versions of a framework have other classes and other properties.
            if (class_exists($class)) {
                $this->remember(new \ReflectionClass($class), $names);
            }
        }
    }

    public function restore(): void
    {
        foreach ($this->values as [$property, $value]) {
            $property->setValue(null, $value);
        }
    }

    /** @param list<string> $names */
    private function remember(\ReflectionClass $class, array $names): void
    {
        foreach ($class->getProperties(\ReflectionProperty::IS_STATIC) as $property) {
            $wanted = $names === []
                ? $property->getDeclaringClass()->getName() === $class->getName()
                : in_array($property->getName(), $names, true);
            if ($wanted && $property->isInitialized()) {
                $this->values[] = [$property, $property->getValue()];
            }
        }
    }
}
