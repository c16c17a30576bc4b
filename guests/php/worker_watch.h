#pragma once

/// State that PHP keeps outside the settings and gives back only when a worker ends: working directory, locale,
/// time zone, putenv(), encodings of mbstring, flags of libxml. Asking for all of it after every request would cost
/// more than a small request itself, so the functions that change it are watched, and only what one of them touched
/// is put back.

/// After PHP's start: stands between the functions and their callers.
void watch_install(void);

/// The boot is over: what it set is what every request begins with.
void watch_remember(void);

void watch_put_back(void);
