<?php

declare(strict_types=1);

namespace Weir\Symfony;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpKernel\HttpKernelInterface;
use Symfony\Component\HttpKernel\KernelInterface;
use Symfony\Component\HttpKernel\TerminableInterface;
use Weir\Application;
use Weir\State\StaticState;

/** A Symfony application (5.4 to 7), its kernel booted once. */
final class Worker implements \Weir\Worker
{
    /** Static properties of Request that a request may change. */
    private const OF_REQUESTS = [
        'trustedProxies', 'trustedHostPatterns', 'trustedHosts', 'trustedHeaderSet', 'httpMethodParameterOverride',
    ];

    private readonly bool $canReset;
    private readonly StaticState $statics;
    private bool $completed = true;
    private readonly SessionSettings $sessions;

    /** @param HttpKernelInterface $front the kernel, or what stands before it, as an HTTP cache */
    private function __construct(
        private readonly Application $application,
        private readonly HttpKernelInterface $front,
        private readonly ?KernelInterface $kernel,
    ) {
        $kernel?->boot();
        $this->canReset = $kernel === null || $kernel->getContainer()->has('services_resetter');
        $this->statics = new StaticState([Request::class => self::OF_REQUESTS]);
        $this->sessions = new SessionSettings();
    }

    public static function boot(Application $application): self
    {
        return $application->boot(static function () use ($application): self {
            $application->loadAutoloader();
            $front = FrontController::usesRuntime($application->entry)
                ? FrontController::kernelOfRuntime($application)
                : FrontController::kernelByName($application);
            return new self($application, $front, self::kernelBehind($front));
        });
    }

    public function handle(): void
    {
        $this->completed = false;
        $this->application->restoreVariables();
        $this->sessions->restore();
        $request = Request::createFromGlobals();
        $response = $this->front->handle($request);
        $response->send();
        if ($this->front instanceof TerminableInterface) {
            $this->front->terminate($request, $response);
        }
        $this->sessions->keep($request);
        $this->completed = true;
    }

    public function reset(): void
    {
        // A kernel that a request left through `exit` still counts it as running, and would not reset its services.
        if (!$this->completed || !$this->canReset) {
            $this->kernel?->shutdown();
            $this->sessions->forget();
        }
        // Booting a kernel that is booted calls its services_resetter, in debug mode too.
        $this->kernel?->boot();
        $this->statics->restore();
    }

    private static function kernelBehind(HttpKernelInterface $front): ?KernelInterface
    {
        while (!$front instanceof KernelInterface && method_exists($front, 'getKernel')) {
            $front = $front->getKernel();
        }
        return $front instanceof KernelInterface ? $front : null;
    }
}
