<?php

// Closures that hold a request are kept for the end of the application, which does not come. Source: factualminds.com,
// How to Tune PHP, Node.js, Python, and Go: memory leak patterns in Octane; laravel/octane#887

use Bleeding\Services;

return static function (string $visitor): mixed {
    $request = $_GET;
    $application = Services::get('application');
    $application->terminating[] = static fn (): array => $request;
    return count($application->terminating) - 1;
};
