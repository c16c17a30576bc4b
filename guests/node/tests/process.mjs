// Runs a program with Weir's part in it, as Weir does, and asks it over the socket.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GUEST = fileURLToPath(new URL('../weir-node.cjs', import.meta.url));
const PATIENCE_MS = 10_000;

export class Application {
  /** Lines to Weir so far, each a list of fields. */
  lines = [];
  stdout = '';
  stderr = '';

  /** Starts `source`; the test `t` ends it. Options: {type: 'cjs' | 'mjs', env, isStarter: the guest is in NODE_OPTIONS}. */
  constructor(t, source, { type = 'cjs', env = {}, isStarter = false } = {}) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-node.'));
    const file = path.join(directory, `app.${type}`);
    fs.writeFileSync(file, source);
    this.directory = directory;
    this.socket = path.join(directory, 'weir.sock');
    this.child = spawn(process.execPath, [...(isStarter ? [] : ['--require', GUEST]), file], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      cwd: directory,
      env: {
        ...process.env, WEIR_SOCKET: this.socket, WEIR_CONTROL_FD: '3', ...env,
        ...(isStarter ? { NODE_OPTIONS: `--require ${GUEST}` } : {}),
      },
    });
    this.ended = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.child.stdout.on('data', (data) => { this.stdout += data; });
    this.child.stderr.on('data', (data) => { this.stderr += data; });
    let rest = '';
    this.child.stdio[3].on('data', (data) => {
      const parts = (rest + data).split('\n');
      rest = parts.pop();
      this.lines.push(...parts.map((line) => line.split('\t')));
    });
    t.after(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
      fs.rmSync(directory, { recursive: true });
    });
  }

  /** The first line of this kind, once it is there. */
  async said(kind, matches = () => true) {
    const find = () => this.lines.find((line) => line[0] === kind && matches(line));
    await until(() => find() !== undefined, () => `no "${kind}" in ${JSON.stringify(this.lines)}\n${this.stderr}`);
    return find();
  }

  async printed(text) {
    await until(() => this.stdout.includes(text), () => `no "${text}" in ${this.stdout}\n${this.stderr}`);
  }

  all(kind) {
    return this.lines.filter((line) => line[0] === kind);
  }

  /** {status, headers, body} of a request; `options` are http.request's. */
  ask(target, options = {}) {
    return ask({ socketPath: this.socket, path: target, ...options });
  }

  /** A connection with everything it received as `text`; `ended` when the other side closed it. */
  async connect(text = '') {
    const connection = net.connect(this.socket);
    connection.text = '';
    connection.on('data', (data) => { connection.text += data; });
    connection.on('error', () => {});
    connection.ended = once(connection, 'close');
    await once(connection, 'connect');
    connection.write(text);
    return connection;
  }

  stop() {
    this.child.kill('SIGTERM');
  }
}

export function ask(options) {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      let body = '';
      response.on('data', (data) => { body += data; });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

export async function until(condition, complaint = () => 'it did not come to pass') {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(complaint());
    await sleep(5);
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
