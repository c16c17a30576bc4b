import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Application, until } from './process.mjs';

const SLOW = `
const http = require('node:http');
const server = http.createServer((request, response) => {
  console.log('asked');
  setTimeout(() => response.end('answered'), 400);
});
server.listen(3000);
`;
const EXITED = { code: 0, signal: null };

async function stoppedWhileAsked(t, source, options) {
  const app = new Application(t, source, options);
  await app.said('listening');
  const answer = app.ask('/', { headers: { connection: 'keep-alive' } });
  await app.printed('asked');
  app.stop();
  await app.said('draining');
  return { app, answer: await answer };
}

test('at SIGTERM a running request is answered, with Connection: close, and the process exits with 0', async (t) => {
  const { app, answer } = await stoppedWhileAsked(t, `${SLOW} setInterval(() => {}, 1000);`);
  assert.equal(answer.body, 'answered');
  assert.equal(answer.headers.connection, 'close');
  assert.deepEqual(await app.ended, EXITED);
});

test('idle connections are closed at once, and nobody can connect any more', async (t) => {
  const app = new Application(t, SLOW);
  await app.said('listening');
  const used = await app.connect('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => used.text.includes('answered'));
  const unused = await app.connect();
  const busy = app.ask('/');
  await until(() => app.stdout.split('asked').length === 3);
  app.stop();
  await Promise.all([used.ended, unused.ended]);
  await assert.rejects(app.ask('/'));
  assert.equal((await busy).body, 'answered');
  assert.deepEqual(await app.ended, EXITED);
});

test('an answer that has begun ends, and its connection with it', async (t) => {
  const app = new Application(t, `
    require('node:http').createServer((request, response) => {
      response.write('first ');
      setTimeout(() => response.end('last'), 300);
    }).listen(3000);`);
  await app.said('listening');
  const connection = await app.connect('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => connection.text.includes('first'));
  app.stop();
  await connection.ended;
  assert.match(connection.text, /last\r\n0\r\n\r\n$/);
  assert.deepEqual(await app.ended, EXITED);
});

test('a request that was sent before the signal is answered', async (t) => {
  const app = new Application(t, `
    const server = require('node:http').createServer((request, response) => response.end('in time'));
    server.listen(3000);
    process.on('SIGTERM', () => process.exit(0));
    process.on('SIGUSR2', () => {
      // Meanwhile the request and the signal arrive.
      const until = Date.now() + 300;
      while (Date.now() < until) {}
    });`);
  await app.said('listening');
  const connection = await app.connect();
  app.child.kill('SIGUSR2');
  await new Promise((resolve) => setTimeout(resolve, 100));
  connection.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  app.stop();
  await connection.ended;
  assert.match(connection.text, /in time$/);
  assert.deepEqual(await app.ended, EXITED);
});

test('an application that exits at SIGTERM exits when its requests are answered, with its own code', async (t) => {
  const { app, answer } = await stoppedWhileAsked(t, `${SLOW} process.on('SIGTERM', () => process.exit(7));`);
  assert.equal(answer.body, 'answered');
  assert.deepEqual(await app.ended, { code: 7, signal: null });
});

test("the application's own way to stop works: close has its callback without an error, then comes its exit", async (t) => {
  for (const wait of ['', 'await new Promise((resolve) => setTimeout(resolve, 50));']) {
    const { app, answer } = await stoppedWhileAsked(t, `${SLOW}
      process.on('SIGTERM', async () => {
        ${wait}
        server.close((error) => {
          console.log('closed', error);
          setTimeout(() => process.exit(3), 100);
        });
      });
      setInterval(() => {}, 1000);`);
    assert.equal(answer.body, 'answered');
    assert.deepEqual(await app.ended, { code: 3, signal: null });
    assert.match(app.stdout, /closed undefined/);
  }
});

test('beforeExit and the close of the server come before the exit, though a timer runs', async (t) => {
  const { app } = await stoppedWhileAsked(t, `${SLOW}
    setInterval(() => {}, 1000);
    server.on('close', () => console.log('close'));
    process.on('beforeExit', () => setTimeout(() => console.log('flushed'), 20));
    process.on('exit', (code) => console.log('exit', code));`);
  assert.deepEqual(await app.ended, EXITED);
  assert.match(app.stdout, /close\nflushed\nexit 0/);
});

test('a handler that only says goodbye does not keep the process', async (t) => {
  const { app } = await stoppedWhileAsked(t, `${SLOW}
    setInterval(() => {}, 1000);
    process.on('SIGTERM', () => console.log('goodbye'));`);
  assert.deepEqual(await app.ended, EXITED);
  assert.match(app.stdout, /goodbye/);
});

test('a request without end is ended after WEIR_GRACEFUL_MS, and that is said', async (t) => {
  const app = new Application(t, `
    require('node:http').createServer(() => console.log('asked')).listen(3000);
    process.on('SIGTERM', () => process.exit(1));`, { env: { WEIR_GRACEFUL_MS: '300' } });
  await app.said('listening');
  const failed = assert.rejects(app.ask('/'));
  await app.printed('asked');
  app.stop();
  await failed;
  assert.deepEqual(await app.ended, { code: 1, signal: null });
  assert.match(app.stderr, /1 requests were not answered within 300 ms/);
});

test('an upgraded connection has until WEIR_GRACEFUL_MS', async (t) => {
  const app = new Application(t, `
    const server = require('node:http').createServer();
    server.on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: upgrade\\r\\n\\r\\n');
      socket.pipe(socket);
    });
    server.listen(3000);`, { env: { WEIR_GRACEFUL_MS: '600' } });
  await app.said('listening');
  const connection = await app.connect('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n');
  await until(() => connection.text.includes('101'));
  const began = Date.now();
  app.stop();
  await app.said('draining');
  connection.write('still there');
  await until(() => connection.text.endsWith('still there'));
  await connection.ended;
  assert.ok(Date.now() - began >= 590, `${Date.now() - began} ms`);
  assert.deepEqual(await app.ended, EXITED);
});

test('an application that does not listen exits with 0 as well', async (t) => {
  const app = new Application(t, `setInterval(() => {}, 1000); console.log('up');`);
  await app.printed('up');
  app.stop();
  assert.deepEqual(await app.ended, EXITED);
});

test('when Weir is gone the application stops as it does at SIGTERM', async (t) => {
  const app = new Application(t, SLOW);
  await app.said('listening');
  const answer = app.ask('/');
  await app.printed('asked');
  app.child.stdio[3].destroy();
  assert.equal((await answer).body, 'answered');
  assert.deepEqual(await app.ended, EXITED);
});

test('before a stop process.exit exits', async (t) => {
  const app = new Application(t, `${SLOW} setTimeout(() => process.exit(5), 100);`);
  assert.deepEqual(await app.ended, { code: 5, signal: null });
});
