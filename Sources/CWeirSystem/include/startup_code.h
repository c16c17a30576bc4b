// Shared by the server and its guests.
#pragma once

/// Unmaps what cannot be written of the program and its libraries, until it is used again. Starting touches most of a
/// large program and serving little of it: the rest stays in the page cache, for the kernel to drop, instead of in this
/// process.
void weir_forget_startup_code(void);
