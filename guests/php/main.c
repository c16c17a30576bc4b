// weir-php: Weir's PHP SAPI. Reads its arguments, starts PHP once, and becomes the fork server.
//
//   weir-php [-d key=value]... [-D key=value]... [-n name] [-w script [-u] [-f] [-a]]
//     -d   a php.ini setting
//     -D   a php.ini setting that scripts and .user.ini files cannot change
//     -n   the app's name, for the process title
//     -w   worker mode: this script runs once, and workers are forked when it waits for requests: see worker_mode.h
//     -u   every worker runs the script from its beginning instead
//     -f   defines frankenphp_handle_request() too
//     -a   reports what survived each request
//   Descriptor 3 is the control socket (SOCK_SEQPACKET): see fork_server.c.

#include "boot_once.h"
#include "compile_once.h"
#include "fork_server.h"
#include "sapi.h"
#include "server_variables.h"
#include "settings.h"
#include "startup.h"
#include "startup_code.h"
#include "title.h"
#include "worker.h"
#include "worker_mode.h"
#include "worker_watch.h"

#include <main/php_main.h>
#include <Zend/zend_signal.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: weir-php [-d key=value]... [-D key=value]... [-n name] [-w script [-u] [-f] [-a]]"
                    "   (descriptor 3: control socket)\n");
    exit(2);
}

static void check_control_socket(void)
{
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET) {
        fprintf(stderr, "weir-php: descriptor 3 is not a SOCK_SEQPACKET socket; this program is started by weir\n");
        exit(2);
    }
    fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
    // Whatever else was inherited by accident would be every worker's and every script's.
    syscall(SYS_close_range, CONTROL_FD + 1, ~0U, 0);
}

static void start_php(struct settings *settings)
{
#ifdef ZEND_SIGNALS
    zend_signal_startup();
    // Otherwise PHP asks the kernel for seven signal dispositions at every request. They are what they were:
    // nothing but PHP itself changes them in a worker.
    SIGG(reset) = 0;
#endif
    ini_location_choose();
    sapi_startup(&weir_sapi_module);
    // Not before: sapi_startup clears it.
    weir_sapi_module.ini_entries = settings->ini;
    sapi_module.ini_entries = settings->ini;
    if (weir_sapi_module.startup(&weir_sapi_module) != SUCCESS) {
        exit(1);
    }
    ini_location_undo();
    settings_lock(settings);
    server_variables_adopt_environment();
    if (worker_mode.script) {
        watch_install();
        compile_once_install();
    }
}

int main(int argc, char **argv)
{
    title_init(argc, argv);
    struct settings settings = {0};
    const char *name = "php";
    int option;
    while ((option = getopt(argc, argv, "d:D:n:w:ufa")) != -1) {
        switch (option) {
        case 'd':
        case 'D':
            settings_add(&settings, optarg, option == 'D');
            break;
        case 'n':
            name = optarg;
            break;
        case 'w':
            worker_mode.script = optarg;
            // Its workers hold OPcache's memory for as long as they live. When a script asks for a restart of OPcache,
            // PHP would kill them after this time, in the middle of whatever they do.
            settings_add(&settings, "opcache.force_restart_timeout=0", false);
            break;
        case 'u':
            worker_mode.boots_in_each = true;
            break;
        case 'f':
            worker_mode.frankenphp = true;
            break;
        case 'a':
            worker_mode.audit = true;
            break;
        default:
            usage();
        }
    }
    if (optind != argc) {
        usage();
    }
    check_control_socket();
    fork_server_block_signals();
    startup_begin();
    start_php(&settings);
    startup_has_php();
    weir_forget_startup_code();
    if (worker_mode.script && !worker_mode.boots_in_each) {
        boot_once_begin(name, argv);
        worker_mode_boot_once();
    }
    startup_succeeded();
    int connection = fork_server_run(name);
    if (connection >= 0) {
        worker_run(connection);
    }
    php_module_shutdown();
    sapi_shutdown();
    return 0;
}
