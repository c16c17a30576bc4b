'use strict';
// Heavy work in threads: the event loop stays free. /primes?below=N answers from a thread, /blocking?below=N without one.

const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { primesBelow } = require('./primes.js');

const MOST = 5_000_000;

class Threads {
  #idle = [];
  #waiting = [];

  constructor(count) {
    for (let number = 0; number < count; number += 1) this.#add();
  }

  run(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  #add() {
    const worker = new Worker(path.join(__dirname, 'primes.js'));
    let job = null;
    const end = (how, value) => {
      const ended = job;
      job = null;
      ended?.[how](value);
    };
    worker.on('message', (answer) => {
      end('resolve', answer);
      this.#idle.push(thread);
      this.#next();
    });
    worker.on('error', (error) => {
      end('reject', error);
      this.#add();
    });
    const thread = {
      begin: (next) => {
        job = next;
        worker.postMessage(next.task);
      },
    };
    this.#idle.push(thread);
    this.#next();
  }

  #next() {
    while (this.#idle.length > 0 && this.#waiting.length > 0) this.#idle.pop().begin(this.#waiting.shift());
  }
}

const threads = new Threads(2);
const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const below = Math.min(Number(searchParams.get('below')) || 100_000, MOST);
  response.setHeader('Content-Type', 'application/json');
  try {
    if (pathname === '/primes') response.end(JSON.stringify(await threads.run({ below })));
    else if (pathname === '/blocking') response.end(JSON.stringify({ count: primesBelow(below) }));
    // The thread dies of an exception; its request fails, and another thread takes its place.
    else if (pathname === '/fail') response.end(JSON.stringify(await threads.run({ below: 'none' })));
    else response.end(JSON.stringify({ pid: process.pid }));
  } catch (error) {
    response.statusCode = 500;
    response.end(JSON.stringify({ error: error.message }));
  }
});
server.listen(process.env.PORT || 3000);
