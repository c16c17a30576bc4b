<?php
echo "partial ";
function_that_is_not_there();
