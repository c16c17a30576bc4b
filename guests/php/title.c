#include "title.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *area;
static size_t area_size;

void title_init(int argc, char **argv)
{
    // The strings of argv and then environ lie one behind the other; the title may use all of that memory
    // once both have moved.
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; i++) {
        end = argv[i] + strlen(argv[i]) + 1;
    }
    for (char **variable = environ; *variable && *variable == end; variable++) {
        end = *variable + strlen(*variable) + 1;
    }
    for (char **variable = environ; *variable; variable++) {
        char *copy = strdup(*variable);
        if (!copy) {
            return;
        }
        *variable = copy;
    }
    for (int i = 0; i < argc; i++) {
        char *copy = strdup(argv[i]);
        if (!copy) {
            return;
        }
        area = i == 0 ? argv[0] : area;
        argv[i] = copy;
    }
    area_size = (size_t)(end - area);
}

void title_set(const char *format, ...)
{
    char title[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(title, sizeof title, format, arguments);
    va_end(arguments);
    prctl(PR_SET_NAME, title);
    if (area_size > 0) {
        memset(area, 0, area_size);
        strncpy(area, title, area_size - 1);
    }
}
