'use strict';
// The application's first HTTP server takes Weir's socket, whatever it asked for, and does not notice.

const cluster = require('node:cluster');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');

// What applications see of whom they talk to: Weir, which is on this machine. Real addresses are in X-Forwarded-For.
const LOOPBACK = Object.freeze({ address: '127.0.0.1', family: 'IPv4', port: 0 });
const BACKLOG = 511;
// Told when an application asks for any free port.
const SOME_PORT = 80;
const DEFAULT_KEEP_ALIVE = new http.Server().keepAliveTimeout;

/** From now on `listen` is Weir's. `taken(server)` is called before the server that gets the socket listens. */
exports.takeListen = function takeListen(settings, { report, taken }) {
  const listen = net.Server.prototype.listen;
  // Which server has the socket, and what it asked for.
  let holder = null;
  let others = 0;

  net.Server.prototype.listen = function weirListen(...args) {
    const wanted = whatIsWanted(args);
    if (wanted === null || this.listening || !(this instanceof http.Server)) return leaveAlone(this, args);
    if (holder === null) {
      if (settings.port !== null && wanted.port !== settings.port) return leaveAlone(this, args);
      return take(this, wanted, args);
    }
    // Fastify listens on every address of "localhost", each with a server of its own.
    if (wanted.port !== undefined && wanted.port === holder.wanted.port) return standIn(this, wanted, args);
    return leaveAlone(this, args);
  };

  function take(server, wanted, args) {
    holder = { server, wanted };
    server.once('close', () => { holder = null; });
    server.once('listening', () => report('listening'));
    server.prependListener('connection', (socket) => { socket._peername = LOOPBACK; });
    // Weir keeps connections, and ends them when it has no more use for them: two clocks would cost requests.
    if (server.keepAliveTimeout === DEFAULT_KEEP_ALIVE) server.keepAliveTimeout = 0;
    taken(server);
    return listenOn(settings.socket, server, wanted, args);
  }

  /** A server that believes it listens. Nobody ever comes: its socket has no name. */
  function standIn(server, wanted, args) {
    const path = `${settings.socket}.${++others}`;
    server.once('listening', () => fs.rmSync(path, { force: true }));
    return listenOn(path, server, wanted, args);
  }

  function listenOn(path, server, wanted, args) {
    const address = seenAddress(wanted);
    server.address = () => (server.listening ? address : null);
    removeOldSocket(path);
    const callback = args.findLast((argument) => typeof argument === 'function');
    const backlog = Math.max(wanted.backlog ?? 0, BACKLOG);
    // Bound within this call: only the user that runs the application, and Weir, may connect.
    const mask = process.umask(0o177);
    try {
      return listen.call(server, { path, backlog, signal: wanted.signal }, ...(callback ? [callback] : []));
    } finally {
      process.umask(mask);
    }
  }

  function leaveAlone(server, args) {
    if (!server.listening) server.once('listening', () => reportPort(server));
    return listen.apply(server, args);
  }

  function reportPort(server) {
    const address = server.address();
    if (address === null) return;
    report('port', typeof address === 'string' ? address : address.port);
    if (holder === null && cluster.isPrimary && Object.keys(cluster.workers).length > 0) {
      process.stderr.write('weir-node: the application starts a cluster of its own, which Weir cannot reach: '
        + 'let `entry` be what its workers run, Weir starts as many as are needed\n');
    }
  }
};

/** What `listen(...args)` asks for: {port, host} or {path} or {fd}, with options. null: for Node itself to say. */
function whatIsWanted(args) {
  const [first, second, third] = args;
  const backlog = [second, third].find((argument) => typeof argument === 'number');
  if (first === undefined || first === null || typeof first === 'function') return { port: SOME_PORT, backlog };
  if (typeof first === 'object') {
    const { port, host, path, fd, signal } = first;
    const options = { host, signal, backlog: first.backlog ?? backlog };
    if (Number.isInteger(fd) && fd >= 0) return { ...options, fd };
    if (port !== undefined && port !== null) return isPort(port) ? { ...options, port: Number(port) || SOME_PORT } : null;
    if (typeof path === 'string' && path !== '') return { ...options, path };
    // `{port: undefined}` is any port; a handle, or something without an address, is not for Weir.
    return 'port' in first && !('path' in first) ? { ...options, port: SOME_PORT } : null;
  }
  if (isPort(first)) {
    return { port: Number(first) || SOME_PORT, host: typeof second === 'string' ? second : undefined, backlog };
  }
  return typeof first === 'string' && !(Number(first) >= 0) ? { path: first, backlog } : null;
}

function isPort(value) {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return false;
  return Number.isInteger(Number(value)) && Number(value) >= 0 && Number(value) <= 65_535;
}

function seenAddress({ path, port, host }) {
  if (path !== undefined) return path;
  if (port === undefined) return { ...LOOPBACK, port: SOME_PORT };
  const address = host === 'localhost' ? '127.0.0.1' : host || '::';
  return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
}

/** What an earlier process left there. Anything but a socket stays, and `listen` says that the name is taken. */
function removeOldSocket(path) {
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isSocket()) fs.unlinkSync(path);
}
