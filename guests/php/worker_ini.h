#pragma once

/// Settings (ini_set, PHP_VALUE, .user.ini, and functions that are settings: error_reporting, set_time_limit,
/// session_name) in worker mode.

void ini_remember(void);
void ini_put_back(void);
