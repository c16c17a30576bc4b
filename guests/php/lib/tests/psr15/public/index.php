<?php

use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Server\RequestHandlerInterface;
use Slim\Psr7\Response;

return static fn (): RequestHandlerInterface => new class implements RequestHandlerInterface {
    private int $requests = 0;

    public function handle(ServerRequestInterface $request): ResponseInterface
    {
        if ($request->getUri()->getPath() === '/broken') {
            throw new LogicException('on purpose');
        }
        $response = new Response(201);
        $response->getBody()->write(json_encode([
            'requests' => ++$this->requests,
            'method' => $request->getMethod(),
            'uri' => (string) $request->getUri(),
            'query' => $request->getQueryParams(),
            'form' => $request->getParsedBody(),
            'cookies' => $request->getCookieParams(),
            'greeting' => [$_ENV['GREETING'], $request->getServerParams()['GREETING']],
        ]));
        return $response->withHeader('Content-Type', 'application/json');
    }
};
