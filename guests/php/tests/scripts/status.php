<?php
switch ($_GET['as']) {
    case 'line': header('HTTP/1.1 404 Gone Fishing'); break;
    case 'cgi': header('Status: 503 Busy'); break;
    case 'code': http_response_code(201); break;
    case 'location': header('Location: /elsewhere'); break;
    case 'not_modified': http_response_code(304); break;
    case 'odd': http_response_code(799); break;
}
if ($_GET['as'] !== 'not_modified') echo 'body';
