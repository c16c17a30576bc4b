<?php
// Headers and statuses of the script's own.
switch ($_GET['how']) {
    case 'status':
        http_response_code((int)$_GET['code']);
        echo 'status ', http_response_code();
        break;
    case 'line':
        header('HTTP/1.1 418 Short And Stout');
        echo 'teapot';
        break;
    case 'cookies':
        setcookie('one', '1', ['path' => '/', 'httponly' => true]);
        setcookie('two', 'b c', time() + 60);
        header('X-Twice: first');
        header('X-Twice: second', false);
        header('X-Replaced: old');
        header('X-Replaced: new');
        echo 'ok';
        break;
    case 'location':
        header('Location: /elsewhere');
        break;
    case 'length':
        header('Content-Length: 5');
        echo '12345';
        break;
    case 'late':
        echo 'body';
        flush();
        header('X-Late: never');
        break;
    case 'hints':
        header('Link: </style.css>; rel=preload');
        header('HTTP/1.1 103 Early Hints');
        header('HTTP/1.1 200 OK');
        echo 'final';
        break;
    case 'upgrade':
        http_response_code((int)$_GET['code']);
        header('Upgrade: TLS/1.2, HTTP/1.1');
        header('Connection: Upgrade');
        echo 'ok';
        break;
    case 'own':
        header('Server: something');
        header('Date: yesterday');
        header('Connection: close');
        header('Transfer-Encoding: chunked');
        header('Keep-Alive: 5');
        header('X-Powered-By: me');
        echo 'ok';
        break;
}
