import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { Application, ask, freePort, until } from './process.mjs';

const SERVER = `
const http = require('node:http');
const server = http.createServer((request, response) => response.end('here'));
`;

const WAYS = {
  'a port': ['server.listen(3000, said)', 3000],
  'a port in text': ['server.listen("3000", said)', 3000],
  'port and host': ['server.listen(3000, "0.0.0.0", said)', 3000],
  'port, host and backlog': ['server.listen(3000, "::1", 10, said)', 3000],
  'options': ['server.listen({ port: 3000, host: "localhost" }, said)', 3000],
  'no port': ['server.listen(said)', 80],
  'port 0': ['server.listen(0, said)', 80],
  'an undefined port': ['server.listen(process.env.NO_SUCH_PORT, said)', 80],
  'options without a port': ['server.listen({ port: undefined }, said)', 80],
  'an event': ['server.on("listening", said); server.listen({ port: 3000 })', 3000],
};

for (const [name, [call, port]] of Object.entries(WAYS)) {
  test(`listen with ${name} takes the socket, and the application sees the port it asked for`, async (t) => {
    const app = new Application(t, `${SERVER}
      const said = () => console.log('told', JSON.stringify(server.address().port));
      ${call};`);
    assert.deepEqual(await app.said('listening'), ['listening']);
    await app.printed(`told ${port}`);
    assert.equal((await app.ask('/')).body, 'here');
    assert.equal(app.all('port').length, 0);
    assert.equal(fs.statSync(app.socket).mode & 0o777, 0o600);
  });
}

test('an application that asks for a path sees that path, and nothing is made there', async (t) => {
  const app = new Application(t, `${SERVER}
    server.listen(__dirname + '/own.sock', () => console.log('told', server.address()));`);
  await app.printed(`told ${app.directory}/own.sock`);
  assert.equal((await app.ask('/')).body, 'here');
  assert.equal(fs.existsSync(`${app.directory}/own.sock`), false);
});

test('an ES module listens there too', async (t) => {
  const app = new Application(t, `
    import { createServer } from 'node:http';
    const server = createServer((request, response) => response.end('module'));
    await new Promise((resolve) => server.listen(3000, resolve));
    console.log('told', server.address().port);`, { type: 'mjs' });
  await app.printed('told 3000');
  assert.equal((await app.ask('/')).body, 'module');
});

test('a second server keeps the port it asked for, and Weir hears of it', async (t) => {
  const port = await freePort();
  const app = new Application(t, `${SERVER}
    server.listen(3000);
    http.createServer((request, response) => response.end('second')).listen(${port}, '127.0.0.1');`);
  assert.deepEqual(await app.said('port'), ['port', String(port)]);
  assert.equal((await app.ask('/')).body, 'here');
  assert.equal((await ask({ host: '127.0.0.1', port, path: '/' })).body, 'second');
});

test('with WEIR_PORT the server of that port takes the socket, not the first one', async (t) => {
  const port = await freePort();
  const app = new Application(t, `${SERVER}
    http.createServer((request, response) => response.end('metrics')).listen(${port}, '127.0.0.1');
    server.listen(3000);`, { env: { WEIR_PORT: '3000' } });
  await app.said('listening');
  assert.deepEqual(await app.said('port'), ['port', String(port)]);
  assert.equal((await app.ask('/')).body, 'here');
});

test('servers that are not HTTP are left alone', async (t) => {
  const port = await freePort();
  const app = new Application(t, `${SERVER}
    require('node:net').createServer((socket) => socket.end('raw')).listen(${port}, '127.0.0.1');
    server.listen(3000);`);
  assert.deepEqual(await app.said('port'), ['port', String(port)]);
  await app.said('listening');
  assert.equal((await app.ask('/')).body, 'here');
});

test("a server for each address of localhost, as Fastify's, takes no port at all", async (t) => {
  const port = await freePort();
  const app = new Application(t, `${SERVER}
    server.listen({ port: ${port}, host: '::1' }, () => {
      const second = http.createServer((request, response) => response.end('second'));
      second.listen({ port: server.address().port, host: '127.0.0.1' },
        () => console.log('both', second.address().address, second.listening));
    });`);
  await app.printed('both 127.0.0.1 true');
  await assert.rejects(ask({ host: '127.0.0.1', port, path: '/' }), { code: 'ECONNREFUSED' });
  assert.equal((await app.ask('/')).body, 'here');
  assert.equal(app.all('port').length, 0);
  assert.deepEqual(fs.readdirSync(app.directory).sort(), ['app.cjs', 'weir.sock']);
});

test('a server that is closed and listens again has the socket again', async (t) => {
  const app = new Application(t, `${SERVER}
    server.listen(3000, () => server.close(() => server.listen(3000, () => console.log('again'))));`);
  await app.printed('again');
  assert.equal((await app.ask('/')).body, 'here');
});

test('the socket of an earlier process is replaced; a file is not', async (t) => {
  const source = `${SERVER} setTimeout(() => server.listen(3000), 200);`;
  const app = new Application(t, source);
  const old = net.createServer().listen(app.socket);
  await until(() => old.listening);
  await app.said('listening');
  assert.equal((await app.ask('/')).body, 'here');
  old.close();

  const second = new Application(t, source);
  fs.writeFileSync(second.socket, 'precious');
  assert.equal((await second.ended).code, 1);
  assert.match(second.stderr, /EADDRINUSE/);
  assert.equal(fs.readFileSync(second.socket, 'utf8'), 'precious');
});

test('listening twice and ports that are none fail as ever', async (t) => {
  const app = new Application(t, `${SERVER}
    for (const port of [-1, 65536, true]) {
      try { http.createServer().listen(port); } catch (error) { console.log(error.code); }
    }
    server.listen(3000, () => {
      try { server.listen(3001); } catch (error) { console.log(error.code); }
    });`);
  await app.printed('ERR_SERVER_ALREADY_LISTEN');
  assert.equal(app.stdout.split('\n').filter((line) => /ERR_SOCKET_BAD_PORT|ERR_INVALID_ARG_VALUE/.test(line)).length, 3);
});

test('a request comes from 127.0.0.1, and its connection is kept without end', async (t) => {
  const app = new Application(t, `
    require('node:http').createServer((request, response) => {
      const { remoteAddress, remoteFamily } = request.socket;
      response.end(JSON.stringify({ remoteAddress, remoteFamily }));
    }).listen(3000);`);
  await app.said('listening');
  const { body, headers } = await app.ask('/', { headers: { connection: 'keep-alive' } });
  assert.deepEqual(JSON.parse(body), { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4' });
  assert.equal(headers['keep-alive'], undefined);
});

test('child processes and threads find nothing of Weir', async (t) => {
  const port = await freePort();
  const app = new Application(t, `
    const { fork } = require('node:child_process');
    const { Worker, isMainThread } = require('node:worker_threads');
    const http = require('node:http');
    const server = http.createServer((request, response) => response.end(process.argv[2] ?? 'main'));
    if (process.argv[2] === 'child') {
      process.on('disconnect', () => process.exit());
      server.listen(${port}, '127.0.0.1', () => {
        console.log('child', Object.keys(process.env).filter((name) => name.startsWith('WEIR_')).length);
        new Worker('require("node:http").createServer().listen(0, "127.0.0.1", () => console.log("thread listens"))',
          { eval: true });
      });
    } else {
      fork(__filename, ['child']);
      server.listen(3000);
    }`);
  await app.printed('child 0');
  await app.printed('thread listens');
  assert.equal((await app.ask('/')).body, 'main');
  assert.equal((await ask({ host: '127.0.0.1', port, path: '/' })).body, 'child');
  assert.equal(app.all('listening').length, 1);
});

test('an application with a cluster of its own is told what to do', async (t) => {
  const port = await freePort();
  const app = new Application(t, `
    const cluster = require('node:cluster');
    if (cluster.isPrimary) cluster.fork();
    else require('node:http').createServer((request, response) => response.end()).listen(${port}, '127.0.0.1');`);
  assert.deepEqual(await app.said('port'), ['port', String(port)]);
  await until(() => app.stderr.includes('a cluster of its own'));
  app.stop();
});

test('in NODE_OPTIONS it is the process that listens which takes the socket, not the one that starts it', async (t) => {
  const app = new Application(t, `
    const fs = require('node:fs');
    fs.writeFileSync('server.cjs', "require('node:http').createServer((request, response) => setTimeout(() => "
      + "response.end('through ' + Object.keys(process.env).filter((name) => name.startsWith('WEIR_'))), 200))"
      + ".listen(3000, () => console.log('up'))");
    const server = require('node:child_process').spawn(process.execPath, ['server.cjs'], { stdio: 'inherit' });
    process.on('SIGTERM', () => server.kill());
    server.on('exit', (code) => process.exit(code));`, { isStarter: true });
  await app.printed('up');
  assert.equal((await app.ask('/')).body, 'through ');
  const answer = app.ask('/');
  await new Promise((resolve) => setTimeout(resolve, 50));
  app.stop();
  assert.equal((await answer).body, 'through ');
  assert.deepEqual(await app.ended, { code: 0, signal: null });
});

test('in NODE_OPTIONS the process itself may be the application, with all its reports', async (t) => {
  const app = new Application(t, `${SERVER} server.listen(3000);`, { isStarter: true });
  await app.said('listening');
  assert.equal((await app.ask('/')).body, 'here');
  app.stop();
  await app.said('draining');
  assert.deepEqual(await app.ended, { code: 0, signal: null });
});
