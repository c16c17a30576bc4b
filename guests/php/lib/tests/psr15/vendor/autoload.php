<?php

namespace Psr\Http\Server {
    // Debian has no package for it.
    interface RequestHandlerInterface
    {
        public function handle(
            \Psr\Http\Message\ServerRequestInterface $request
        ): \Psr\Http\Message\ResponseInterface;
    }
}

namespace {
    require_once 'Slim/Psr7/autoload.php';
    $_ENV['GREETING'] = $_SERVER['GREETING'] = 'hello';
}
