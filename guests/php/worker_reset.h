#pragma once

/// What a request changes beside its own variables, put back to what it was when the boot was over.

/// The boot is over: from here on this is what every request begins with.
void reset_remember(void);

/// After a request.
void reset_put_back(void);
