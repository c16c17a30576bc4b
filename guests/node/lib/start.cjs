'use strict';
// Puts the parts together, before the first line of the application runs.

const { Control } = require('./control.cjs');
const { Drain } = require('./drain.cjs');
const { reportExceptions } = require('./exceptions.cjs');
const { takeListen } = require('./listen.cjs');
const { Pulse } = require('./pulse.cjs');
const { Requests } = require('./requests.cjs');
const { takeSettings } = require('./settings.cjs');

exports.start = function start() {
  const settings = takeSettings(process.env);
  const control = new Control(settings.controlFD);
  const requests = new Requests();
  const pulse = new Pulse(settings, control, requests);
  const drain = new Drain(settings.gracefulMS, control, requests);

  control.onEnd = () => drain.begin();
  reportExceptions(control, () => drain.stopHolding());
  takeListen(settings, control, (server) => {
    requests.follow(server);
    drain.follow(server);
    pulse.start();
  });
};
