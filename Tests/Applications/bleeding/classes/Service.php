<?php

namespace Bleeding;

final class Service
{
    public ?array $request = null;
    public array $listeners = [];
    public array $terminating = [];
    public array $trusted = [];
    public array $queries = [];
    public string $locale = 'en';
}
