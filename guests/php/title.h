#pragma once

/// Makes room for process titles where the kernel keeps argv. Call first in main: what argv and environ point
/// to afterwards are copies.
void title_init(int argc, char **argv);

/// Sets what `ps` shows.
void title_set(const char *format, ...) __attribute__((format(printf, 1, 2)));
