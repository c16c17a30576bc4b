<?php

use App\Controller\FileController;
use App\Controller\NoteController;
use App\Controller\PageController;
use App\Controller\StateController;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

// scenario.py visits every one of these.
return static function (RoutingConfigurator $routes): void {
    $routes->add('home', '/')->controller([PageController::class, 'home'])->methods(['GET']);
    $routes->add('json', '/api/rivers')->controller([PageController::class, 'rivers'])->methods(['GET', 'POST']);
    $routes->add('article', '/articles/{year}/{slug}')->controller([PageController::class, 'article'])
        ->requirements(['year' => '\d{4}'])->methods(['GET']);
    $routes->add('leave', '/leave')->controller([PageController::class, 'leave']);
    $routes->add('broken', '/broken')->controller([PageController::class, 'broken']);
    $routes->add('stream', '/stream')->controller([PageController::class, 'lines']);

    $routes->add('notes', '/notes')->controller([NoteController::class, 'list'])->methods(['GET']);
    $routes->add('add_note', '/notes')->controller([NoteController::class, 'add'])->methods(['POST']);

    $routes->add('who', '/whoami')->controller([StateController::class, 'who']);
    $routes->add('state', '/state')->controller([StateController::class, 'show']);
    $routes->add('spoil', '/spoil')->controller([StateController::class, 'spoil']);

    $routes->add('upload', '/upload')->controller([FileController::class, 'upload'])->methods(['POST']);
    $routes->add('file', '/files/{name}')->controller([FileController::class, 'download'])
        ->requirements(['name' => '[a-f0-9]{32}'])->methods(['GET']);
};
