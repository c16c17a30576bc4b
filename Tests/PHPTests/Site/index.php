<?php
// The front controller: says that it was asked.
header('X-Entry: index.php');
require __DIR__ . '/server.php';
