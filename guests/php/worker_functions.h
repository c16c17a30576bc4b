#pragma once

#include <main/php.h>

/// What applications tell Weir, in both modes: weir_log(), weir_metric(), weir_request_id().

PHP_FUNCTION(weir_log);
PHP_FUNCTION(weir_metric);
PHP_FUNCTION(weir_request_id);
