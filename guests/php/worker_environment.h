#pragma once

/// putenv() in worker mode: what the boot set stays, what a request set goes.

void environment_remember(void);
void environment_put_back(void);
