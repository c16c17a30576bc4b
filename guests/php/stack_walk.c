// From the engine's frames to text. Follows no pointer itself: all goes through `memory`, may fail, and is bounded.

#include "stack_walk.h"

enum {
    FILE_MAX = 320,
    CLASS_MAX = 80,
    NAME_MAX_LEN = 80,
    STRING_LEN_MAX = 64 << 10,
    // Frames without a function (placeholders of generators and fibers) count too.
    STEPS_MAX = 400,
};

static bool read_bytes(const struct memory *memory, void *into, const void *from, size_t size)
{
    return (uintptr_t)from > 4096 && memory->read(memory->handle, into, from, size);
}

/// Of a string that is too long, its end (a path) or its beginning (a name). A name stops at its first zero byte: what
/// follows in an anonymous class is a path and a number.
static bool read_string(const struct memory *memory, const zend_string *string, char *text, size_t max, bool keep_end)
{
    zend_string head;
    if ((uintptr_t)string % sizeof(void *) != 0 || !read_bytes(memory, &head, string, _ZSTR_HEADER_SIZE)
        || (head.gc.u.type_info & GC_TYPE_MASK) != IS_STRING || head.len == 0 || head.len > STRING_LEN_MAX) {
        return false;
    }
    size_t len = head.len < max - 1 ? head.len : max - 1;
    const char *from = (const char *)string + _ZSTR_HEADER_SIZE + (keep_end ? head.len - len : 0);
    if (!read_bytes(memory, text, from, len)) {
        return false;
    }
    text[len] = '\0';
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }
    return true;
}

/// `Class->method()`, `Class::method()`, `function()`, or what stands in its place.
static bool read_name(const struct memory *memory, const zend_function *function, bool is_outermost, char *text,
                      size_t size)
{
    if (!function->common.function_name) {
        const char *name = function->type == ZEND_EVAL_CODE ? "{eval}" : is_outermost ? "{main}" : "{include}";
        snprintf(text, size, "%s", name);
        return true;
    }
    char name[NAME_MAX_LEN];
    char class[CLASS_MAX] = "";
    if (!read_string(memory, function->common.function_name, name, sizeof name, false)) {
        return false;
    }
    if (function->common.scope) {
        zend_string *class_name;
        if (!read_bytes(memory, &class_name, &function->common.scope->name, sizeof class_name)
            || !read_string(memory, class_name, class, sizeof class, false)) {
            return false;
        }
    }
    const char *joint = !*class ? "" : function->common.fn_flags & ZEND_ACC_STATIC ? "::" : "->";
    snprintf(text, size, "%s%s%s()", class, joint, name);
    return true;
}

/// One frame's line. Its length; 0 for a frame that is not shown; -1 if it cannot be read.
static int read_frame(const struct memory *memory, const zend_execute_data *frame, char *line, size_t size)
{
    zend_function function;
    char name[CLASS_MAX + NAME_MAX_LEN + 8];
    if (!frame->func) {
        return 0;
    }
    if (!read_bytes(memory, &function, frame->func, sizeof function.common)) {
        return -1;
    }
    switch (function.type) {
    case ZEND_INTERNAL_FUNCTION:
        // The bottom of a fiber has no name.
        if (!function.common.function_name) {
            return 0;
        }
        return read_name(memory, &function, false, name, sizeof name) ? snprintf(line, size, "[internal] %s", name)
                                                                        : -1;
    case ZEND_USER_FUNCTION:
    case ZEND_EVAL_CODE: {
        zend_string *file_name;
        char file[FILE_MAX];
        uint32_t number = 0;
        if (!read_bytes(memory, &file_name, &frame->func->op_array.filename, sizeof file_name)
            || !read_string(memory, file_name, file, sizeof file, true)
            || (frame->opline && !read_bytes(memory, &number, &frame->opline->lineno, sizeof number))
            || !read_name(memory, &function, !frame->prev_execute_data, name, sizeof name)) {
            return -1;
        }
        return snprintf(line, size, "%s:%u %s", file, number, name);
    }
    default:
        return -1;
    }
}

size_t stack_walk(const struct memory *memory, const zend_execute_data *innermost, char text[STACK_TEXT_SIZE])
{
    size_t len = 0;
    int shown = 0;
    const zend_execute_data *at = innermost;
    for (int step = 0; at && step < STEPS_MAX && shown < STACK_FRAMES_MAX; step++) {
        zend_execute_data frame;
        char line[STACK_FRAME_SIZE];
        if ((uintptr_t)at % sizeof(void *) != 0 || !read_bytes(memory, &frame, at, sizeof frame)) {
            return 0;
        }
        // The last line is kept for saying that there are more.
        if (shown == STACK_FRAMES_MAX - 1 && frame.prev_execute_data) {
            static const char more[] = "[more frames]";
            memcpy(text + len, more, sizeof more - 1);
            return len + sizeof more - 1;
        }
        int line_len = read_frame(memory, &frame, line, sizeof line - 1);
        if (line_len < 0) {
            return 0;
        }
        if (line_len > 0) {
            line[line_len] = '\n';
            memcpy(text + len, line, (size_t)line_len + 1);
            len += (size_t)line_len + 1;
            shown++;
        }
        at = frame.prev_execute_data;
    }
    return len > 0 ? len - 1 : 0;
}
