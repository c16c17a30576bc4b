<?php

// A page that is stuck: it holds its worker for 15 s.
sleep(15);
echo "At last.\n";
