<?php
header('Content-Type: application/json');
$files = [];
foreach ($_FILES as $name => $file) {
    $files[$name] = [
        'name' => $file['name'], 'size' => $file['size'], 'error' => $file['error'],
        'uploaded' => is_uploaded_file($file['tmp_name']),
        'sha256' => $file['error'] ? null : hash_file('sha256', $file['tmp_name']),
    ];
}
echo json_encode(['post' => $_POST, 'files' => $files]);
