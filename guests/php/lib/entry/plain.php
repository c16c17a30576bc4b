<?php

declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

Weir\Loop::run(Weir\Plain\Worker::boot(Weir\Application::ofThisWorker()));
