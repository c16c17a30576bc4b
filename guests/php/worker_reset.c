// What is put back after each request of a worker. The table in README.md says what is, and what is not.

#include "worker_reset.h"
#include "worker_handlers.h"
#include "worker_ini.h"
#include "worker_streams.h"
#include "worker_watch.h"

#include <main/php.h>
#include <ext/standard/basic_functions.h>
#include <ext/standard/php_filestat.h>
#include <main/SAPI.h>
#include <Zend/zend_smart_str.h>

#include <sys/stat.h>

static mode_t boot_umask;
static bool boot_has_ticks;

static mode_t current_umask(void)
{
    mode_t mask = umask(077);
    umask(mask);
    return mask;
}

static void forget_last_error(void)
{
    if (PG(last_error_message)) {
        PG(last_error_type) = 0;
        PG(last_error_lineno) = 0;
        zend_string_release(PG(last_error_message));
        PG(last_error_message) = NULL;
        if (PG(last_error_file)) {
            zend_string_release(PG(last_error_file));
            PG(last_error_file) = NULL;
        }
    }
}

static void forget_strtok(void)
{
    if (BG(strtok_string)) {
        zend_string_release(BG(strtok_string));
        BG(strtok_string) = NULL;
        BG(strtok_last) = NULL;
    }
}

/// register_tick_function(). Of the boot's and a request's in one list they cannot be told apart: then all stay.
static void forget_tick_functions(void)
{
    if (BG(user_tick_functions) && !boot_has_ticks) {
        zend_llist_destroy(BG(user_tick_functions));
        efree(BG(user_tick_functions));
        BG(user_tick_functions) = NULL;
        zend_llist_clean(&PG(tick_functions));
    }
}

/// output_add_rewrite_var(), and session ids in links.
static void forget_rewriting(url_adapt_state_ex_t *state)
{
    if (state->active) {
        state->active = 0;
        state->tag_type = 0;
        state->attr_type = 0;
        smart_str_free(&state->result);
        smart_str_free(&state->buf);
        smart_str_free(&state->tag);
        smart_str_free(&state->arg);
        smart_str_free(&state->attr_val);
    }
    smart_str_free(&state->form_app);
    smart_str_free(&state->url_app);
}

void reset_remember(void)
{
    boot_umask = current_umask();
    BG(umask) = -1;
    boot_has_ticks = BG(user_tick_functions) != NULL;
    forget_last_error();
    forget_strtok();
    handlers_remember();
    ini_remember();
    streams_remember();
    watch_remember();
}

void reset_put_back(void)
{
    handlers_put_back();
    ini_put_back();
    streams_put_back();
    watch_put_back();
    forget_last_error();
    forget_strtok();
    forget_tick_functions();
    forget_rewriting(&BG(url_adapt_session_ex));
    forget_rewriting(&BG(url_adapt_output_ex));
    php_clear_stat_cache(false, NULL, 0);
    if (BG(umask) != -1) {
        umask(boot_umask);
        BG(umask) = -1;
    }
    PG(connection_status) = 0;
#if PHP_VERSION_ID >= 80200
    zend_memory_reset_peak_usage();
#endif
}
