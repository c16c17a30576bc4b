<?php

declare(strict_types=1);

namespace Weir\Laravel;

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Foundation\Application as Laravel;
use Illuminate\Http\Request;
use Weir\Application;

/** A Laravel application (6 to 11), booted once, as `public/index.php` boots it for each request. */
final class Worker implements \Weir\Worker
{
    private function __construct(
        private readonly Application $application,
        private readonly Laravel $laravel,
        private readonly Kernel $kernel,
        private readonly Reset $reset,
    ) {
    }

    public static function boot(Application $application): self
    {
        return $application->boot(static function () use ($application): self {
            defined('LARAVEL_START') || define('LARAVEL_START', microtime(true));
            $application->loadAutoloader();
            $laravel = require $application->path('bootstrap/app.php');
            // Providers may look at the request while they boot. This one says nothing.
            $laravel->instance('request', Request::create('http://localhost'));
            $kernel = $laravel->make(Kernel::class);
            $kernel->bootstrap();
            return new self($application, $laravel, $kernel, Reset::ofBooted($laravel));
        });
    }

    public function handle(): void
    {
        $this->application->restoreVariables();
        $maintenance = $this->laravel->storagePath() . '/framework/maintenance.php';
        if (is_file($maintenance)) {
            require $maintenance;
        }
        $request = Request::capture();
        $response = $this->kernel->handle($request);
        $response->send();
        $this->kernel->terminate($request, $response);
    }

    public function reset(): void
    {
        $this->reset->run();
    }
}
