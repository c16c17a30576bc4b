<?php

namespace App\Providers;

use Illuminate\Support\ServiceProvider;

final class StateServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->scoped('cart', static function (): object {
            return new class {
                public array $items = [];
            };
        });
    }
}
