'use strict';
// What Weir says in the environment. It is taken out of it: processes that the application starts are not Weir's.

const WHOLE_NUMBER = /^\d{1,9}$/;

/** Settings from `env`, which loses them. Times are milliseconds; without `WEIR_SLOW_AFTER_MS` there are no stacks. */
exports.takeSettings = function takeSettings(env) {
  const take = (name) => {
    const value = env[name];
    delete env[name];
    return value;
  };
  const number = (name, otherwise) => {
    const value = take(name);
    return value !== undefined && WHOLE_NUMBER.test(value) ? Number(value) : otherwise;
  };
  return {
    socket: take('WEIR_SOCKET'),
    port: number('WEIR_PORT', null),
    controlFD: number('WEIR_CONTROL_FD', null),
    blockedAfterMS: Math.max(10, number('WEIR_BLOCKED_AFTER_MS', 50)),
    slowAfterMS: number('WEIR_SLOW_AFTER_MS', null),
    gracefulMS: number('WEIR_GRACEFUL_MS', 30_000),
    watch: take('WEIR_WATCH') !== 'off',
  };
};
