// Where a finding comes from.

#include "audit_place.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOURCE_MAX = 512 << 10,
    // Of the files that were included, the last ones.
    FILES_MAX = 1000,
};

/// Returns its length, 0 if it cannot be read as a plain file.
static size_t read_source(const char *path, char *into)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    ssize_t len = 0;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        len = read(fd, into, SOURCE_MAX);
    }
    if (fd >= 0) {
        close(fd);
    }
    return len > 0 ? (size_t)len : 0;
}

static bool is_in_a_name(char byte) { return isalnum((unsigned char)byte) || byte == '_' || (byte & 0x80); }

/// The first place behind `from` where `word` stands for itself.
static const char *find_word(const char *from, const char *end, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = from; (at = memmem(at, (size_t)(end - at), word, len)); at++) {
        bool begins = !is_in_a_name(word[0]) || at == from || !is_in_a_name(at[-1]);
        bool ends = !is_in_a_name(word[len - 1]) || at + len >= end || !is_in_a_name(at[len]);
        if (begins && ends) {
            return at;
        }
    }
    return NULL;
}

/// The line of lines `first` to `last` in which `variable` is declared, else `first`.
static uint32_t declaration_line(const char *path, uint32_t first, uint32_t last, const char *variable)
{
    static char source[SOURCE_MAX];
    const char *end = source + read_source(path, source);
    uint32_t number = 1, found = first;
    for (const char *line = source; line < end && number <= last; number++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next + 1 : end;
        const char *at = number >= first ? find_word(line, next, variable) : NULL;
        if (at) {
            static const char *const words[] = {"static", "var", "public", "protected", "private", "readonly"};
            for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
                const char *word = find_word(line, next, words[i]);
                if (word && word < at) {
                    return number;
                }
            }
        }
        line = next;
    }
    return found;
}

static void put(char *text, size_t size, const char *path, uint32_t line)
{
    snprintf(text, size, "%s:%u", path, line);
}

/// The property's name, with its dollar sign, out of "C::$name" or "...->name".
static void variable_of(const struct audit_snapshot *s, const struct audit_slot *slot, char *text, size_t size)
{
    const char *step = s->text + s->nodes[slot->node].text;
    const char *dollar = strrchr(step, '$');
    const char *arrow = strncmp(step, "->", 2) == 0 ? step + 2 : NULL;
    snprintf(text, size, "$%s", arrow ? arrow : dollar ? dollar + 1 : "");
}

/// A trait's property is declared in the trait.
static const zend_class_entry *declaring(const zend_class_entry *class, const char *variable)
{
    for (uint32_t i = 0; i < class->num_traits; i++) {
        zend_class_entry *trait = zend_hash_find_ptr(EG(class_table), class->trait_names[i].lc_name);
        if (trait && zend_hash_str_exists(&trait->properties_info, variable + 1, strlen(variable + 1))) {
            return declaring(trait, variable);
        }
    }
    return class;
}

static void place_of_declaration(const struct audit_snapshot *s, const struct audit_slot *slot, char *text, size_t size)
{
    if (slot->flags & AUDIT_IS_COUNT) {
        const zend_class_entry *class = slot->owner;
        put(text, size, ZSTR_VAL(class->info.user.filename), class->info.user.line_start);
        return;
    }
    char variable[160];
    variable_of(s, slot, variable, sizeof variable);
    if (slot->flags & AUDIT_OWNED_BY_CLASS) {
        const zend_class_entry *class = declaring(slot->owner, variable);
        const char *path = ZSTR_VAL(class->info.user.filename);
        put(text, size, path,
            declaration_line(path, class->info.user.line_start, class->info.user.line_end, variable));
    } else {
        const zend_op_array *function = slot->owner;
        const char *path = ZSTR_VAL(function->filename);
        put(text, size, path, declaration_line(path, function->line_start, function->line_end, variable));
    }
}

// MARK: What has no declaration

/// Looks through the files that were included for one of the words; a place counts when it is the only one, or the only
/// one outside of vendor/.
static void place_of_mention(const char *const *words, char *text, size_t size)
{
    static char source[SOURCE_MAX];
    uint32_t own = 0, others = 0;
    char other[AUDIT_PLACE_MAX] = "";
    uint32_t files = 0;
    zend_string *path;
    ZEND_HASH_REVERSE_FOREACH_STR_KEY(&EG(included_files), path) {
        if (!path || ++files > FILES_MAX) {
            continue;
        }
        const char *end = source + read_source(ZSTR_VAL(path), source);
        bool is_vendor = strstr(ZSTR_VAL(path), "/vendor/");
        for (const char *const *word = words; *word; word++) {
            for (const char *at = source; (at = find_word(at, end, *word)); at++) {
                uint32_t line = 1;
                for (const char *byte = source; byte < at; byte++) {
                    line += *byte == '\n';
                }
                *(is_vendor ? &others : &own) += 1;
                put(is_vendor ? other : text, is_vendor ? sizeof other : size, ZSTR_VAL(path), line);
            }
        }
    }
    ZEND_HASH_FOREACH_END();
    if (own == 0 && others == 1) {
        snprintf(text, size, "%s", other);
    } else if (own != 1) {
        text[0] = '\0';
    }
}

/// What the code says that does such a thing.
static void place_of_doing(const struct audit_slot *slot, const char *subject, char *text, size_t size)
{
    char quoted[3][160];
    const char *words[8] = {0};
    const char *bare = *subject == '$' ? subject + 1 : subject;
    size_t end = strcspn(bare, "-[");
    snprintf(quoted[0], sizeof quoted[0], "'%.*s'", (int)MIN(end, 150), bare);
    snprintf(quoted[1], sizeof quoted[1], "\"%.*s\"", (int)MIN(end, 150), bare);
    switch (slot->kind) {
    case AUDIT_GLOBAL:
        snprintf(quoted[2], sizeof quoted[2], "global $%.*s", (int)MIN(end, 140), bare);
        words[2] = quoted[2];
        words[0] = quoted[0], words[1] = quoted[1];
        break;
    case AUDIT_CONSTANT:
    case AUDIT_INI:
        words[0] = quoted[0], words[1] = quoted[1];
        break;
    case AUDIT_ENVIRONMENT:
        words[0] = "putenv(";
        break;
    case AUDIT_HANDLER:
        words[0] = strstr(subject, "exception") ? "set_exception_handler("
            : strstr(subject, "error")          ? "set_error_handler("
            : strstr(subject, "autoload")       ? "spl_autoload_register("
            : strstr(subject, "shutdown")       ? "register_shutdown_function("
            : strstr(subject, "tick")           ? "register_tick_function("
            : strstr(subject, "signal")         ? "pcntl_signal("
                                                : "header_register_callback(";
        break;
    case AUDIT_SESSION:
        words[0] = "session_start(";
        break;
    case AUDIT_TRANSACTION:
        words[0] = strncmp(subject, "mysqli", 6) == 0 ? "begin_transaction(" : "beginTransaction(";
        break;
    case AUDIT_TIMEZONE:
        words[0] = "date_default_timezone_set(";
        break;
    case AUDIT_LOCALE:
        words[0] = "setlocale(";
        break;
    case AUDIT_DIRECTORY:
        words[0] = "chdir(";
        break;
    case AUDIT_OUTPUT:
        words[0] = "ob_start(";
        break;
    case AUDIT_INCLUDE:
        if (*subject == '/') {
            put(text, size, subject, 1);
        }
        break;
    case AUDIT_OTHER:
        words[0] = strcmp(subject, "umask") == 0 ? "umask("
            : strstr(subject, "filter")          ? "stream_filter_register("
            : strstr(subject, "wrapper")         ? "stream_wrapper_register("
            : strstr(subject, "context")         ? "stream_context_set_default("
            : strchr(subject, '_')               ? subject
                                                 : NULL;
        break;
    default:
        break;
    }
    if (words[0]) {
        place_of_mention(words, text, size);
    }
}

void audit_place(const struct audit_snapshot *s, const struct audit_slot *slot, const char *subject, char *text,
                 size_t size)
{
    text[0] = '\0';
    if (slot->owner) {
        place_of_declaration(s, slot, text, size);
    } else {
        place_of_doing(slot, subject, text, size);
    }
}
