<?php
// Fails in the way it is told to.
switch ($_GET['how']) {
    case 'exit': echo 'before'; exit(3);
    case 'exit-text': exit('text');
    case 'exception': throw new RuntimeException('nobody caught this');
    case 'late-exception': echo str_repeat('x', 100); flush(); throw new RuntimeException('too late for a 500');
    case 'memory': ini_set('memory_limit', '8M'); $a = str_repeat('x', 64 << 20); echo 'never'; break;
    case 'time': set_time_limit(1); while (true) {} 
    case 'limit': while (true) {}
    case 'segv': posix_kill(getmypid(), SIGSEGV); sleep(5); break;
    case 'kill': posix_kill(getmypid(), SIGKILL); sleep(5); break;
    case 'kill-late': echo str_repeat('x', 100); flush(); posix_kill(getmypid(), SIGKILL); sleep(5); break;
    case 'log': error_log('a message of the script'); echo 'logged'; break;
    case 'lines': error_log("first line\nsecond line"); echo 'logged'; break;
    case 'forged': error_log("x\r\n2026-01-01T00:00:00Z error forged \x1b[31m\"a=b"); echo 'logged'; break;
    case 'stderr': fwrite(fopen('php://stderr', 'w'), "written to standard error\n"); usleep(50_000); echo 'written'; break;
    case 'last-words':
        for ($i = 1; $i <= 7; $i++) { fwrite(fopen('php://stderr', 'w'), "last word $i\n"); }
        posix_kill(getmypid(), SIGSEGV); sleep(5); break;
    case 'warning': echo $undefined; echo 'warned'; break;
    case 'parse': eval('this is no php'); break;
}
