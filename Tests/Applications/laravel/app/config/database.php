<?php

return [
    'default' => 'memory',
    'connections' => [
        'memory' => ['driver' => 'sqlite', 'database' => ':memory:', 'prefix' => ''],
        'queue' => ['driver' => 'sqlite', 'database' => storage_path('queue.sqlite'), 'prefix' => ''],
    ],
    'migrations' => 'migrations',
];
