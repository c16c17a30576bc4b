<?php

namespace App\Jobs;

use Illuminate\Bus\Queueable;
use Illuminate\Contracts\Queue\ShouldQueue;
use RuntimeException;

/** Leaves its number in a file, so that a run that is missing and one too many are both seen. */
final class AppendNumber implements ShouldQueue
{
    use Queueable;

    public function __construct(private int $number)
    {
    }

    public function handle(): void
    {
        // Long enough for a reload to come in between.
        usleep(3_000);
        if (file_put_contents(storage_path('numbers'), "$this->number\n", FILE_APPEND | LOCK_EX) === false) {
            throw new RuntimeException('cannot write');
        }
    }
}
