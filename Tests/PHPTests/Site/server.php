<?php
// What a script is told about its request, as JSON.
header('Content-Type: application/json');
echo json_encode(['server' => $_SERVER, 'headers' => getallheaders(), 'get' => $_GET, 'cookies' => $_COOKIE]);
