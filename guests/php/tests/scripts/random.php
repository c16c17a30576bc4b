<?php
echo json_encode([mt_rand(), lcg_value(), random_int(0, PHP_INT_MAX), uniqid('', true), rand(), mt_rand()]);
