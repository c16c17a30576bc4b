<?php
// Much output; the body is not touched until all of it is written.
$piece = str_repeat('0123456789abcdef', 4096);
for ($i = 0; $i < (int) ($_GET['pieces'] ?? 200); $i++) {
    echo $piece;
}
if (isset($_GET['then_read'])) {
    echo "\n", hash('sha256', file_get_contents('php://input'));
}
