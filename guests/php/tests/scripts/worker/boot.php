<?php
// A boot that changes everything that is put back after requests.
change('boot');
register_shutdown_function(function () { error_log('shutdown of the boot: ' . json_encode(error_get_last()['message'] ?? null)); });
