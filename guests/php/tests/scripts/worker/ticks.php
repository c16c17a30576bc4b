<?php
$GLOBALS['ticks'] = ['fast' => 0, 'bad' => 0, 'exit' => 0];
weir_tick(function () { $GLOBALS['ticks']['fast']++; echo 'nobody reads this'; header('X-Tick: 1'); ini_set('user_agent', 'tick'); }, 0.02);
set_error_handler(function (int $level, string $text): never { throw new ErrorException($text); });
weir_tick(function () { $GLOBALS['ticks']['bad']++; throw new LogicException('a task failed'); }, 0.05);
weir_tick(function () { $GLOBALS['ticks']['exit']++; weir_log('info', 'from a task'); exit; }, 0.05);
weir_tick(function () { try { weir_handle_request('serve'); } catch (Error $e) { $GLOBALS['ticks']['nested'] = $e->getMessage(); } }, 0.02);
