<?php

// A page that is stuck: it holds its worker for 15 s, or as long as it is asked to.
sleep((int) ($_GET['seconds'] ?? 15));
echo "At last.\n";
