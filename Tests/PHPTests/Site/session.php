<?php
// Counts a visitor's requests in a session, and says which worker did.
session_save_path($_SERVER['SCRATCH']);
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], ' ', getmypid();
