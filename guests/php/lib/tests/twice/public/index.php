<?php

include dirname(__DIR__) . '/price.php';
echo price();
