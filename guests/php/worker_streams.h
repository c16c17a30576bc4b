#pragma once

/// The default stream context and the stream wrappers in worker mode.

void streams_remember(void);
void streams_put_back(void);
