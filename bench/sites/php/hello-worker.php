<?php
$page = static function (): void {
    require __DIR__ . '/hello.php';
};
while (weir_handle_request($page)) {
}
