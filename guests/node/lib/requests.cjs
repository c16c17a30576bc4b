'use strict';

const { channel } = require('node:diagnostics_channel');

// Held here, or it may be collected together with who listens to it.
const starts = channel('http.server.request.start');

/**
 * The requests of Weir's server that are not answered to their end: how many, and on which connections.
 *
 * A set of the answers themselves would make V8 collect more. Such a set is rebuilt every few requests, and what is left of
 * one that has grown old holds the next ones, and with them answers that are long gone.
 */
class Requests {
  #running = 0;
  #connections = new Set();
  #server = null;
  #last = false;
  #onStart = () => {};
  #onEnd = () => {};

  /** What has started or ended so far. It changes when the application turns from one request to another. */
  turns = 0;

  get count() {
    return this.#running;
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
      requests.#running -= 1;
      requests.turns += 1;
      requests.#onEnd();
    };
    starts.subscribe(({ response, socket, server: where }) => {
      if (where !== this.#server) return;
      if (!this.#connections.has(socket)) this.#meet(socket);
      this.#running += 1;
      response.once('close', ended);
      if (this.#last) response.shouldKeepAlive = false;
      this.turns += 1;
      this.#onStart();
    });
  }

  /** Every answer whose head has not left yet, and all that come, say `Connection: close`. */
  makeLast() {
    this.#last = true;
    for (const { _httpMessage: response } of this.#connections) if (response) response.shouldKeepAlive = false;
  }

  #meet(socket) {
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
  }
}

module.exports = { Requests };
