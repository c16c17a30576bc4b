<?php
while (ob_get_level()) ob_end_clean();
echo 'head ', str_repeat('x', 1_000_000), str_repeat('y', 20_000), ' tail';
