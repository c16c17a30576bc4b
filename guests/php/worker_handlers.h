#pragma once

/// set_error_handler() and set_exception_handler() in worker mode: the boot's are there for every request.

void handlers_remember(void);
void handlers_put_back(void);
