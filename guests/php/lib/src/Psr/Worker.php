<?php

declare(strict_types=1);

namespace Weir\Psr;

use Psr\Http\Server\RequestHandlerInterface;
use Weir\Application;

/** A PSR-15 application: the entry returns its request handler, or a closure that gives it. */
final class Worker implements \Weir\Worker
{
    private function __construct(
        private readonly Application $application,
        private readonly RequestHandlerInterface $handler,
        private readonly Requests $requests,
    ) {
    }

    public static function boot(Application $application): self
    {
        return $application->boot(static function () use ($application): self {
            $application->loadAutoloader();
            $handler = require $application->entry;
            if ($handler instanceof \Closure) {
                $handler = $handler();
            }
            if (!$handler instanceof RequestHandlerInterface) {
                $type = get_debug_type($handler);
                throw new \RuntimeException("$application->entry returns $type, but Weir's worker for PSR-15 "
                    . 'needs a ' . RequestHandlerInterface::class . ', or a closure that gives one');
            }
            return new self($application, $handler, new Requests(Factories::installed()));
        });
    }

    public function handle(): void
    {
        $this->application->restoreVariables();
        Emitter::send($this->handler->handle($this->requests->ofSuperglobals()));
    }

    public function reset(): void
    {
        // Everything there is of a request went through the handler: the framework behind it knows what it keeps.
    }
}
