<?php

require dirname(__DIR__) . '/boot.php';
Bleeding\Site::answer();
