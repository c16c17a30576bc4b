<?php
echo "nothing to do\n";
