'use strict';

// How long an application that was told to stop may take for its own affairs once all requests are answered: with a
// handler of its own for SIGTERM (it may write to a database, or send its last traces), and without one.
const LAST_WORDS_MS = 3000;
const NO_WORDS_MS = 100;

/** The way out: SIGTERM, or Weir's own end. No new requests; those that run are answered to their end; then exit. */
class Drain {
  #gracefulMS;
  #control;
  #requests;
  #server = null;
  #began = false;
  // Exits are the application's own again: an exception ends it, or everything is answered.
  #holding = true;
  // The code of an exit that was asked for too early.
  #postponed = null;
  #exit = process.exit;
  // Idle connections have been closed once, after their last bytes were read.
  #swept = false;

  constructor(gracefulMS, control, requests) {
    this.#gracefulMS = gracefulMS;
    this.#control = control;
    this.#requests = requests;
    process.on('SIGTERM', () => this.begin());
    const drain = this;
    process.exit = function exit(code) {
      if (drain.#mustWait()) drain.#postponed ??= code ?? process.exitCode ?? 0;
      else drain.#exit.call(process, code);
    };
  }

  /** `server` is about to listen on Weir's socket. */
  follow(server) {
    this.#server = server;
    const close = server.close;
    let closedHere = false;
    let closed = false;
    server.once('close', () => {
      closed = true;
      if (this.#began) this.#goOn();
    });
    server.closeForWeir = () => {
      if (!server.listening) return;
      closedHere = true;
      close.call(server);
    };
    // An application that closes its server when it is told to stop must not learn that this was done already.
    server.close = function weirClose(callback) {
      if (!closedHere) return close.call(server, callback);
      if (typeof callback === 'function') {
        if (closed) process.nextTick(callback);
        else server.once('close', () => callback());
      }
      return this;
    };
  }

  /** The first time counts. */
  begin() {
    if (this.#began) return;
    this.#began = true;
    this.#control.send('draining');
    this.#requests.makeLast();
    this.#requests.notify({ onEnd: () => setImmediate(() => this.#sweep()) });
    setTimeout(() => this.#giveUp(), this.#gracefulMS).unref();
    // Two turns of the loop: what Weir has sent already is read before the connections that seem idle are closed.
    setImmediate(() => setImmediate(() => {
      this.#server?.closeForWeir();
      this.#swept = true;
      this.#sweep();
    }));
  }

  /** The next exit is not postponed. */
  stopHolding() {
    this.#holding = false;
  }

  #mustWait() {
    return this.#began && this.#holding && (!this.#swept || this.#requests.count > 0);
  }

  #sweep() {
    if (!this.#swept) return;
    this.#server?.closeIdleConnections();
    this.#goOn();
  }

  #goOn() {
    if (this.#mustWait()) return;
    if (this.#postponed !== null) return this.#exit.call(process, this.#postponed);
    // WebSockets and their like still have a connection of the server.
    if (this.#server !== null && (this.#server.listening || this.#server._connections > 0)) return;
    if (!this.#holding) return;
    this.#holding = false;
    const ownHandler = process.listenerCount('SIGTERM') > 1;
    // What an application does when nothing is left to do, it does now: its timers would keep that from coming.
    if (!ownHandler) process.emit('beforeExit', process.exitCode ?? 0);
    setTimeout(() => this.#end(), ownHandler ? LAST_WORDS_MS : NO_WORDS_MS).unref();
  }

  #giveUp() {
    const running = this.#requests.count;
    if (running > 0) {
      process.stderr.write(`weir-node: ${running} requests were not answered within ${this.#gracefulMS} ms `
        + 'after SIGTERM (timeouts.graceful)\n');
    }
    this.#end();
  }

  #end() {
    this.#exit.call(process, this.#postponed ?? process.exitCode ?? 0);
  }
}

module.exports = { Drain };
