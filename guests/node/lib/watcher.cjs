'use strict';
// A thread beside the main one. It sleeps while there are no requests, looks a dozen times a second while there are,
// says when the main thread has not turned for too long, and asks where it is.

const { parentPort, workerData } = require('node:worker_threads');
const { now } = require('./clock.cjs');
const { write } = require('./lines.cjs');
const { BEAT, BEAT_MS, TURNS } = require('./shared.cjs');

const { shared, fd, blockedAfterMS, slowAfterMS } = workerData;
// How often to look while the main thread is blocked, to say it again, and to ask for a stack.
const LOOK_MS = 10;
const AGAIN_MS = 100;
const STACK_MS = 1000;

let timer = null;
// The last beat before the main thread blocked; null while it turns.
let stuckAt = null;
let saidAt = 0;
let stackAt = null;
let capture = null;

function look() {
  const beat = Atomics.load(shared, BEAT);
  if (stuckAt !== null && beat !== stuckAt) turnsAgain(beat);
  const late = (now() - beat - BEAT_MS) | 0;
  if (late >= blockedAfterMS) blocked(beat, late);
  // Either it is blocked, or it cannot be before that.
  timer = setTimeout(look, stuckAt === null ? Math.max(LOOK_MS, blockedAfterMS - late) : LOOK_MS);
}

function blocked(beat, late) {
  const time = now();
  if (stuckAt === null || ((time - saidAt) | 0) >= AGAIN_MS) {
    saidAt = time;
    write(fd, 'blocked', [late]);
  }
  stuckAt = beat;
  if (slowAfterMS === null || late < slowAfterMS || capture !== null) return;
  if (stackAt !== null && ((time - stackAt) | 0) < STACK_MS) return;
  stackAt = time;
  const turns = Atomics.load(shared, TURNS);
  const isStillThere = () => Atomics.load(shared, BEAT) === beat && Atomics.load(shared, TURNS) === turns;
  capture = startCapture(isStillThere, (frames) => {
    capture = null;
    if (frames.length > 0) write(fd, 'stack', [(now() - beat - BEAT_MS) | 0, ...frames]);
  });
  if (capture === null) write(fd, 'stack', [late, UNKNOWN]);
}

// Before, a process aborts when one of its threads ends a session with the main one (nodejs/node#46942).
const [major, minor] = process.versions.node.split('.').map(Number);
const canCapture = major > 19 || (major === 19 && minor >= 8) || (major === 18 && minor >= 16);
const UNKNOWN = '(where takes Node 18.16 or later, with its inspector)';

/** null where Node cannot do it: then it is known that the main thread blocked, and not where. */
function startCapture(...parameters) {
  if (!canCapture) return null;
  try {
    // Loaded when it is first needed: most processes never block.
    const { StackCapture } = require('./stack.cjs');
    return new StackCapture(...parameters);
  } catch {
    return null;
  }
}

function turnsAgain(beat) {
  write(fd, 'unblocked', [(beat - stuckAt - BEAT_MS) | 0]);
  stuckAt = null;
  capture?.end();
  capture = null;
}

parentPort.on('message', (awake) => {
  clearTimeout(timer);
  timer = null;
  if (awake) look();
  else if (stuckAt !== null) turnsAgain(Atomics.load(shared, BEAT));
});
