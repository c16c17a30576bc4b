<?php

use App\Kernel;
use Symfony\Bundle\FrameworkBundle\Console\Application;

require __DIR__ . '/vendor/autoload.php';

(new Application(new Kernel('prod', false)))->run();
