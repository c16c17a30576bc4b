<?php

// A page that waits for something else, as most do: it takes a worker for 20 ms and next to no CPU.
usleep(20_000);
echo "Slept.\n";
