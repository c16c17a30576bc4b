'use strict';

const { channel } = require('node:diagnostics_channel');

// Held here, or it may be collected together with who listens to it.
const starts = channel('http.server.request.start');

/** The requests of Weir's server that are not answered to their end. */
class Requests {
  #running = new Set();
  #server = null;
  #last = false;
  #onStart = () => {};
  #onEnd = () => {};

  /** What has started or ended so far. It changes when the application turns from one request to another. */
  turns = 0;

  get count() {
    return this.#running.size;
  }

  /** Calls `onStart()` after each start, `onEnd()` after each end. */
  notify({ onStart = this.#onStart, onEnd = this.#onEnd }) {
    this.#onStart = onStart;
    this.#onEnd = onEnd;
  }

  follow(server) {
    const first = this.#server === null;
    this.#server = server;
    if (!first) return;
    const requests = this;
    // One function for all answers.
    const ended = function ended() {
      requests.#running.delete(this);
      requests.turns += 1;
      requests.#onEnd();
    };
    starts.subscribe(({ response, server: where }) => {
      if (where !== this.#server) return;
      this.#running.add(response);
      response.once('close', ended);
      if (this.#last) response.shouldKeepAlive = false;
      this.turns += 1;
      this.#onStart();
    });
  }

  /** Every answer whose head has not left yet, and all that come, say `Connection: close`. */
  makeLast() {
    this.#last = true;
    for (const response of this.#running) response.shouldKeepAlive = false;
  }
}

module.exports = { Requests };
