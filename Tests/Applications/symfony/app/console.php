<?php

use App\Kernel;
use Symfony\Bundle\FrameworkBundle\Console\Application;

require __DIR__ . '/autoload.php';

(new Application(new Kernel('prod', false)))->run();
