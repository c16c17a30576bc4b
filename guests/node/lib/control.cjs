'use strict';

const net = require('node:net');
const { write } = require('./lines.cjs');

/** The stream to Weir. Weir says nothing on it; its end means that Weir is gone. */
class Control {
  /** Called once, when nobody is there any more. */
  onEnd = () => {};
  #open = false;

  /** `fd`: the descriptor, or null for an application that is run by hand. */
  constructor(fd) {
    this.fd = fd;
    if (fd === null) return;
    let stream;
    try {
      // Makes the descriptor non-blocking, and notices the other end's end.
      stream = new net.Socket({ fd, readable: true, writable: false, allowHalfOpen: true });
    } catch (error) {
      process.stderr.write(`weir-node: no reports to Weir: descriptor ${fd}: ${error.message}\n`);
      this.fd = null;
      return;
    }
    this.#open = true;
    stream.on('end', () => this.#ended());
    stream.on('error', () => {});
    stream.resume();
    stream.unref();
  }

  send(kind, ...fields) {
    if (this.#open && !write(this.fd, kind, fields)) this.#ended();
  }

  #ended() {
    if (!this.#open) return;
    this.#open = false;
    this.onEnd();
  }
}

module.exports = { Control };
