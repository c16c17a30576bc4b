<?php
while (weir_handle_request(static function (): void { echo "Hello, world\n"; })) {
}
