<?php
header('Content-Type: application/json');
echo json_encode([
    'server' => $_SERVER, 'env' => $_ENV, 'getenv' => getenv(), 'sapi' => php_sapi_name(),
    'one' => getenv('APP_ENV'), 'param' => getenv('REQUEST_URI'), 'proxy' => getenv('HTTP_PROXY'),
    'headers' => getallheaders(), 'get' => $_GET, 'post' => $_POST, 'cookie' => $_COOKIE,
    'file' => __FILE__, 'cwd' => getcwd(), 'argv' => $argv ?? null,
    'shutdown' => function_exists('fastcgi_finish_request'),
]);
