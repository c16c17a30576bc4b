<?php

declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

Weir\Loop::run(Weir\Symfony\Worker::boot(Weir\Application::ofThisWorker()));
