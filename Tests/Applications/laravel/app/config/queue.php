<?php

return [
    'default' => 'sync',
    'connections' => [
        'sync' => ['driver' => 'sync'],
        'database' => [
            'driver' => 'database', 'connection' => 'queue', 'table' => 'jobs', 'queue' => 'default',
            'retry_after' => 600,
        ],
        'redis' => ['driver' => 'redis', 'connection' => 'default', 'queue' => 'default', 'retry_after' => 600],
    ],
    'failed' => ['driver' => 'null'],
];
