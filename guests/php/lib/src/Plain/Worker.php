<?php

declare(strict_types=1);

namespace Weir\Plain;

use Weir\Application;

/**
 * Any other application: its front controller is included for each request, with no variables around it.
 *
 * Its classes, functions, constants and static properties stay, and so does what Composer's autoloader has loaded.
 */
final class Worker implements \Weir\Worker
{
    private const TWICE = '/^Cannot (redeclare|declare (class|interface|trait|enum)) /';

    private function __construct(
        private readonly Application $application,
        private readonly Autoloaders $autoloaders,
    ) {
    }

    public static function boot(Application $application): self
    {
        Declarations::refuse($application->entry);
        return $application->boot(static function () use ($application): self {
            $application->loadAutoloader();
            return new self($application, new Autoloaders());
        });
    }

    public function handle(): void
    {
        $this->application->restoreVariables();
        register_shutdown_function(self::explain(...));
        (static function (): void {
            include func_get_arg(0);
        })($this->application->entry);
    }

    public function reset(): void
    {
        // The variables of the front controller went with its scope.
        $this->autoloaders->forgetRepeated();
    }

    /** PHP's own message names the file, and not what is to be done about it. */
    private static function explain(): void
    {
        $error = error_get_last();
        if ($error !== null && preg_match(self::TWICE, $error['message'])) {
            \weir_log('error', 'A file was included for the second time in this worker. ' . Declarations::ADVICE, [
                'message' => $error['message'],
                'place' => $error['file'] . ':' . $error['line'],
            ]);
        }
    }
}
