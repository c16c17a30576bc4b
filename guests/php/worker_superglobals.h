#pragma once

#include <main/php.h>

/// $_GET, $_POST, $_COOKIE, $_FILES, $_SERVER, $_ENV, $_REQUEST and $_SESSION in worker mode.

/// After the boot: what it put into $_SERVER and $_ENV (as Dotenv does) is there in every request.
void superglobals_remember(void);

/// At a request's start: fills them from the request. Those that no compiled code names stay unfilled until one does.
void superglobals_import(void);

/// At a request's end: between requests they are as the boot left them, and nothing of the request is kept.
void superglobals_forget(void);

/// What $_SERVER holds beside the params of the request: the environment, and what the boot added. NULL in classic mode
/// and as long as nobody has looked at it.
const HashTable *superglobals_server_base(void);
void superglobals_keep_server_base(HashTable *base);
