#pragma once

/// Workers that need the same script at the same time compile it once: the others wait, and find it in OPcache.
///
/// All workers of an application are cold at the same time. Without this each of them would compile every script of the
/// first page, and in worker mode keep what that leaves: names that PHP frees only when the process ends, 0.6 to
/// 0.8 MiB of a small Symfony application.
///
/// To be called once PHP has started, before any fork. It takes effect only with OPcache.
void compile_once_install(void);
