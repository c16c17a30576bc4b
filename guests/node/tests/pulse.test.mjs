import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Application, until } from './process.mjs';

const BLOCKING = `
const http = require('node:http');
const fs = require('node:fs');
const crypto = require('node:crypto');
function spin(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end) {}
}
function hash(rounds) {
  return crypto.pbkdf2Sync('a', 'b', rounds, 64, 'sha512').length;
}
http.createServer(function handle(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://a');
  const amount = Number(searchParams.get('amount'));
  if (pathname === '/spin') spin(amount);
  if (pathname === '/hash') response.setHeader('x-length', String(hash(amount)).padStart(3, '0'));
  if (pathname === '/wait') return setTimeout(() => response.end('waited'), amount);
  response.end('ok');
}).listen(3000);
`;
const SLOW_AFTER = { WEIR_SLOW_AFTER_MS: '200' };

test('numbers come about once a second while there are requests', async (t) => {
  const app = new Application(t, BLOCKING);
  await app.said('listening');
  assert.equal((await app.ask('/wait?amount=2600')).body, 'waited');
  const reports = app.all('loop');
  assert.ok(reports.length === 2 || reports.length === 3, String(reports.length));
  for (const [, ...numbers] of reports) {
    assert.equal(numbers.length, 7);
    assert.ok(numbers.every((number) => /^\d+$/.test(number)), numbers.join(' '));
    const [p99, max, utilisation, used, total, , handles] = numbers.map(Number);
    assert.ok(p99 <= max && utilisation <= 1000 && used > 1e6 && used <= total && handles > 0);
  }
});

test('a main thread that does not turn is reported while it goes on, and afterwards', async (t) => {
  const app = new Application(t, BLOCKING);
  await app.said('listening');
  await app.ask('/');
  await sleep(100);
  await app.ask('/spin?amount=500');
  // Where the machine is busy there may be others.
  const [, total] = await app.said('unblocked', ([, ms]) => Number(ms) >= 450);
  const blocked = app.all('blocked').map(([, ms]) => Number(ms));
  assert.ok(blocked.length >= 1 && blocked.length <= 6, blocked.join(' '));
  assert.ok(blocked[0] >= 50, blocked.join(' '));
  assert.ok(blocked.every((ms, index) => index === 0 || ms >= blocked[index - 1] + 100), blocked.join(' '));
  assert.ok(Number(total) < 1500, total);
  const [, , max] = await app.said('loop', (line) => Number(line[2]) > 400_000);
  assert.ok(max);
  assert.equal(app.all('stack').length, 0);
});

test('what takes less than WEIR_BLOCKED_AFTER_MS is not reported', async (t) => {
  const app = new Application(t, BLOCKING, { env: { WEIR_BLOCKED_AFTER_MS: '800' } });
  await app.said('listening');
  await app.ask('/');
  await app.ask('/spin?amount=500');
  await sleep(200);
  assert.equal(app.all('blocked').length, 0);
});

test('past WEIR_SLOW_AFTER_MS the stack tells which code it is, while that still runs', async (t) => {
  const app = new Application(t, BLOCKING, { env: SLOW_AFTER });
  await app.said('listening');
  await app.ask('/');
  const answer = app.ask('/spin?amount=1500');
  answer.catch(() => {});
  const [, ms, ...frames] = await app.said('stack');
  assert.ok(Number(ms) >= 200 && Number(ms) < 1500, ms);
  assert.match(frames[0], /^spin .*\/app\.cjs:7:\d+$/);
  assert.match(frames[1], /^handle .*\/app\.cjs:15:\d+$/);
  assert.equal(frames.length, 2);
  assert.equal(app.all('unblocked').length, 0);
  assert.equal((await answer).body, 'ok');
  await app.said('unblocked');
});

test('stacks come once a second at most, however long it takes', async (t) => {
  const app = new Application(t, BLOCKING, { env: SLOW_AFTER });
  await app.said('listening');
  await app.ask('/');
  // At 0.2 s, 1.2 s and 2.2 s, or later where the machine is busy.
  await app.ask('/spin?amount=2700');
  await app.said('unblocked');
  const stacks = app.all('stack').length;
  assert.ok(stacks === 2 || stacks === 3, String(stacks));
});

test('in a native call the stack comes when JavaScript runs again', async (t) => {
  const app = new Application(t, BLOCKING, { env: SLOW_AFTER });
  await app.said('listening');
  await app.ask('/');
  await app.ask('/hash?amount=1500000');
  await app.said('unblocked');
  const stack = await app.said('stack');
  assert.match(stack.slice(2).join('\n'), /(hash|handle) .*\/app\.cjs:\d+/);
});

test('the process goes on when blocks end just as they are looked at', async (t) => {
  const app = new Application(t, BLOCKING, { env: { WEIR_BLOCKED_AFTER_MS: '10', WEIR_SLOW_AFTER_MS: '10' } });
  await app.said('listening');
  for (let number = 0; number < 40; number += 1) await app.ask(`/spin?amount=${25 + number}`);
  assert.equal((await app.ask('/')).body, 'ok');
  await until(() => app.all('unblocked').length > 10);
});

test('with WEIR_WATCH=off there is no second thread, and numbers all the same', async (t) => {
  const app = new Application(t, BLOCKING, { env: { WEIR_WATCH: 'off' } });
  const watched = new Application(t, BLOCKING);
  const threads = ({ child }) => fs.readdirSync(`/proc/${child.pid}/task`).length;
  await Promise.all([app.said('listening'), watched.said('listening')]);
  await until(() => threads(watched) > threads(app));
  await app.ask('/');
  await app.ask('/spin?amount=300');
  await app.said('loop');
  assert.equal(app.all('blocked').length, 0);
});

test('an idle process does not run', async (t) => {
  const app = new Application(t, BLOCKING);
  await app.said('listening');
  await app.ask('/');
  // The pulse goes on for a while after the last request, and sends a last report.
  await until(() => app.all('loop').length === 2);
  await sleep(200);
  const switches = () => fs.readdirSync(`/proc/${app.child.pid}/task`).map((thread) => {
    const status = fs.readFileSync(`/proc/${app.child.pid}/task/${thread}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)[1]);
  }).reduce((sum, one) => sum + one, 0);
  const before = switches();
  await sleep(2000);
  assert.ok(switches() - before <= 3, `${switches() - before} times in two seconds`);
});

test('this version of Node knows how to collect alone, and says nothing of it', async (t) => {
  const app = new Application(t, `
    require('node:http').createServer((request, response) => {
      for (let index = 0; index < 1e6; index += 1) Buffer.from(String(index));
      response.end('collected');
    }).listen(3000);`, { env: { WEIR_COLLECT: 'alone' } });
  await app.said('listening');
  assert.equal((await app.ask('/')).body, 'collected');
  assert.equal(app.stderr, '');
});
