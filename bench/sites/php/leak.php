<?php

// 5 MB that nobody ever frees: they belong to the process, so that PHP does not take them back after the request.
$c = FFI::cdef('void *malloc(size_t); void *memset(void *, int, size_t);');
$c->memset($c->malloc(5_000_000), 1, 5_000_000);
usleep(5_000);
echo "Leaked.\n";
