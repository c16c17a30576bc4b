<?php
error_log("one");
echo "a";
error_log("two\nlines");
echo "b";
trigger_error("a warning", E_USER_WARNING);
