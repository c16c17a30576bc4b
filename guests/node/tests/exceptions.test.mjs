import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Application, until } from './process.mjs';

const SERVER = `
const http = require('node:http');
http.createServer((request, response) => {
  response.end('ok');
}).listen(3000);
`;

const FATAL = {
  'an exception': ['setTimeout(function late() { throw new TypeError("no\\nsuch thing"); }, 100)', /^TypeError: no at .*late .*app\.cjs:7:/],
  'a rejection': ['setTimeout(async () => { throw new Error("nobody waits"); }, 100)', /^Error: nobody waits at .*app\.cjs:7:/],
  'something thrown that is no error': ['setTimeout(() => { throw { code: 5 }; }, 100)', /^thrown: \{ code: 5 \}$/],
};

for (const [name, [line, expected]] of Object.entries(FATAL)) {
  test(`${name} that nobody catches is reported, and ends the process as Node does`, async (t) => {
    const app = new Application(t, `${SERVER}
${line};`);
    const { code } = await app.ended;
    assert.equal(code, 1);
    const [, text] = await app.said('exception');
    assert.match(text, expected);
    assert.match(app.stderr, /app\.cjs:7/);
  });
}

test('an application that handles its exceptions lives on', async (t) => {
  const app = new Application(t, `${SERVER}
    process.on('uncaughtException', () => console.log('handled'));
    setTimeout(() => { throw new Error('handled'); }, 50);`);
  await app.printed('handled');
  await app.said('exception');
  assert.equal((await app.ask('/')).body, 'ok');
});

test('a rejection that the application handles is not reported', async (t) => {
  const app = new Application(t, `${SERVER}
    process.on('unhandledRejection', () => console.log('handled'));
    Promise.reject(new Error('handled'));`);
  await app.printed('handled');
  assert.equal((await app.ask('/')).body, 'ok');
  assert.equal(app.all('exception').length, 0);
});

test('an exception while it stops ends the process at once', async (t) => {
  const app = new Application(t, `
    require('node:http').createServer(() => console.log('asked')).listen(3000);
    process.on('SIGTERM', () => { throw new Error('while stopping'); });
    process.on('uncaughtException', () => process.exit(9));`);
  await app.said('listening');
  const failed = assert.rejects(app.ask('/'));
  await app.printed('asked');
  app.stop();
  await failed;
  assert.deepEqual(await app.ended, { code: 9, signal: null });
  await until(() => app.all('exception').length === 1);
});
