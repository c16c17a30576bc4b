<?php

declare(strict_types=1);

namespace Weir;

/** An application that is booted. {@see Loop} gives it one request after the other. */
interface Worker
{
    /** Answers the request that the superglobals hold. What it throws ends the request, not the worker. */
    public function handle(): void;

    /**
     * Removes what the request left, after its answer and before the next request.
     *
     * It runs after `exit` too, which no `finally` sees. What it throws ends the worker: it must not serve another one.
     */
    public function reset(): void;
}
