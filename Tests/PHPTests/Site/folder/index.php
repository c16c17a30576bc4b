<?php
// A directory's own index: says that it was asked.
header('X-Entry: folder/index.php');
require __DIR__ . '/../server.php';
