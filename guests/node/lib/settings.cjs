'use strict';
// What Weir says in the environment. It is taken out of it: processes that the application starts are not Weir's.

const WHOLE_NUMBER = /^\d{1,9}$/;

/**
 * Settings from `env`. Times are milliseconds; without `WEIR_SLOW_AFTER_MS` there are no stacks.
 *
 * `env` loses the descriptor at once: Node closes it in child processes, where its number means another one.
 */
exports.readSettings = function readSettings(env) {
  const number = (name, otherwise) => (WHOLE_NUMBER.test(env[name] ?? '') ? Number(env[name]) : otherwise);
  const settings = {
    socket: env.WEIR_SOCKET,
    port: number('WEIR_PORT', null),
    controlFD: number('WEIR_CONTROL_FD', null),
    blockedAfterMS: Math.max(10, number('WEIR_BLOCKED_AFTER_MS', 50)),
    slowAfterMS: number('WEIR_SLOW_AFTER_MS', null),
    gracefulMS: number('WEIR_GRACEFUL_MS', 30_000),
    collectAlone: env.WEIR_COLLECT === 'alone',
    watch: env.WEIR_WATCH !== 'off',
  };
  delete env.WEIR_CONTROL_FD;
  return settings;
};

/** Nothing of it is left for child processes. */
exports.forgetSettings = function forgetSettings(env) {
  for (const name of Object.keys(env)) if (name.startsWith('WEIR_')) delete env[name];
};
