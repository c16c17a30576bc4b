<?php

// To the error log of PHP: the server's own log is where its reader looks.
return ['default' => 'errorlog', 'channels' => ['errorlog' => ['driver' => 'errorlog', 'level' => 'warning']]];
