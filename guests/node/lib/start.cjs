'use strict';
// Puts the parts together, before the first line of the application runs.

const v8 = require('node:v8');
const { Control } = require('./control.cjs');
const { Drain } = require('./drain.cjs');
const { reportExceptions } = require('./exceptions.cjs');
const { takeListen } = require('./listen.cjs');
const { Pulse } = require('./pulse.cjs');
const { Requests } = require('./requests.cjs');
const { forgetSettings, readSettings } = require('./settings.cjs');

/** `isMeant`: this process is the application. Otherwise it may be what starts it, such as npm: who listens is meant. */
exports.start = function start(isMeant) {
  const settings = readSettings(process.env);
  let parts = null;
  const begin = () => {
    forgetSettings(process.env);
    if (parts !== null) return;
    // Here, because a version that does not know it would not start with it; asked for anew at each collection.
    if (settings.collectAlone) v8.setFlagsFromString('--no-parallel-scavenge');
    parts = together(settings);
  };
  if (isMeant) begin();
  takeListen(settings, {
    report: (...line) => parts?.control.send(...line),
    taken: (server) => {
      begin();
      parts.requests.follow(server);
      parts.drain.follow(server);
      parts.pulse.start();
    },
  });
};

function together(settings) {
  const control = new Control(settings.controlFD);
  const requests = new Requests();
  const pulse = new Pulse(settings, control, requests);
  const drain = new Drain(settings.gracefulMS, control, requests);
  control.onEnd = () => drain.begin();
  reportExceptions(control, () => drain.stopHolding());
  return { control, requests, pulse, drain };
}
