<?php
// What arrived in the body, as JSON.
$raw = $_SERVER['REQUEST_METHOD'] === 'POST' && $_FILES ? '' : file_get_contents('php://input');
$files = [];
foreach ($_FILES as $field => $file) {
    foreach ((array)$file['name'] as $i => $name) {
        $temporary = ((array)$file['tmp_name'])[$i];
        $files[] = [
            'field' => $field, 'name' => $name, 'type' => ((array)$file['type'])[$i],
            'size' => ((array)$file['size'])[$i], 'error' => ((array)$file['error'])[$i],
            'sha1' => is_uploaded_file($temporary) ? sha1_file($temporary) : null,
        ];
    }
}
header('Content-Type: application/json');
echo json_encode([
    'method' => $_SERVER['REQUEST_METHOD'], 'length' => $_SERVER['CONTENT_LENGTH'] ?? null,
    'transfer_encoding' => $_SERVER['HTTP_TRANSFER_ENCODING'] ?? null,
    'bytes' => strlen($raw), 'sha1' => sha1($raw), 'post' => $_POST, 'files' => $files,
]);
