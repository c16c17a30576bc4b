<?php

// mode: worker, script: worker.php

require __DIR__ . '/boot.php';

do {
    $more = weir_handle_request(Bleeding\Site::answer(...));
} while ($more);
