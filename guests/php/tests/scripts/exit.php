<?php
echo "before";
exit((int) ($_GET['code'] ?? 0));
