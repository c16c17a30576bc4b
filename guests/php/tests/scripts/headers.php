<?php
setcookie('a', '1');
setcookie('b', '2', ['httponly' => true]);
header('X-Custom: yes');
header('X-Custom: again', false);
http_response_code(418);
header_register_callback(function () { header('X-Late: callback'); });
echo json_encode(apache_response_headers());
