'use strict';

/** Milliseconds of a clock that all threads of the process share, as a signed 32-bit number: take differences `| 0`. */
exports.now = function now() {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1000 + Math.trunc(nanoseconds / 1e6)) | 0;
};
