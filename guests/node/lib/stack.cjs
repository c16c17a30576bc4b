'use strict';

const inspector = require('node:inspector');
const { fileURLToPath } = require('node:url');

const MOST_FRAMES = 50;

/**
 * Asks the main thread where it is: it stops at the next place where JavaScript can, is read, and goes on at once.
 *
 * `isStillThere()` says whether it still does what it did when it was asked; otherwise its stack is nobody's fault.
 * The debugger is on for as long as this takes, and costs nothing before and after.
 */
class StackCapture {
  #session = new inspector.Session();

  /** `done(frames)` is called once, without any if there is nothing to tell, unless `end()` comes first. */
  constructor(isStillThere, done) {
    const urls = new Map();
    this.#session.connectToMainThread();
    this.#session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    this.#session.once('Debugger.paused', ({ params }) => {
      const seen = isStillThere();
      this.end();
      done(seen ? described(params.callFrames, urls) : []);
    });
    this.#session.post('Debugger.enable');
    this.#session.post('Debugger.pause');
  }

  /** Whatever the main thread does now, it goes on: a pause that is under way ends, one to come does not. */
  end() {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    session.post('Debugger.resume', () => {});
    session.post('Debugger.disable', () => session.disconnect());
  }
}

/** `function file:line:column`, innermost first, without Node's own frames that called the application. */
function described(callFrames, urls) {
  const frames = callFrames.map(({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }) => {
    const url = urls.get(scriptId) || '(evaluated)';
    const text = `${functionName || '(anonymous)'} ${pathOf(url)}:${lineNumber + 1}:${columnNumber + 1}`;
    return { text, isOwn: !url.startsWith('node:') };
  });
  const last = frames.findLastIndex((frame) => frame.isOwn);
  return frames.slice(0, Math.min(last + 1, MOST_FRAMES)).map((frame) => frame.text);
}

function pathOf(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

module.exports = { StackCapture };
