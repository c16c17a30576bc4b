<?php

return [
    'default' => 'memory',
    'connections' => [
        'memory' => ['driver' => 'sqlite', 'database' => ':memory:', 'prefix' => ''],
        'queue' => ['driver' => 'sqlite', 'database' => storage_path('queue.sqlite'), 'prefix' => ''],
    ],
    // A server that a test starts, for the queue alone.
    'redis' => ['client' => 'predis', 'default' => ['scheme' => 'unix', 'path' => storage_path('redis.sock')]],
    'migrations' => 'migrations',
];
