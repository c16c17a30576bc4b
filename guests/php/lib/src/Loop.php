<?php

declare(strict_types=1);

namespace Weir;

/** Takes requests until the server wants the worker to leave. */
final class Loop
{
    public static function run(Worker $worker): void
    {
        $handle = $worker->handle(...);
        while (\weir_handle_request($handle)) {
            $worker->reset();
        }
    }
}
