'use strict';
// What no part of the application caught is told to Weir. What becomes of the process is Node's business as ever.

const { inspect } = require('node:util');

/** `dying()` is called before the application's own handlers. */
exports.reportExceptions = function reportExceptions(control, dying) {
  process.on('uncaughtExceptionMonitor', (error) => {
    control.send('exception', describe(error));
    dying();
  });
};

/** The first line and the first place that is not Node's own. */
function describe(error) {
  try {
    if (!(error instanceof Error)) return `thrown: ${firstLine(inspect(error, { depth: 1, breakLength: Infinity }))}`;
    const frames = String(error.stack).split('\n').filter((line) => /^\s+at /.test(line));
    const place = frames.find((line) => !/\(?node:/.test(line)) ?? frames[0];
    return firstLine(`${error.name}: ${error.message}`) + (place ? ` ${place.trim()}` : '');
  } catch {
    return 'an exception that cannot be read';
  }
}

function firstLine(text) {
  return text.split('\n', 1)[0];
}
