'use strict';
// What people do with Express, and what breaks servers behind them. Debian's node-express is found by NODE_PATH.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const express = require('express');

const app = express();
app.set('trust proxy', 'loopback');
app.set('views', path.join(__dirname, 'views'));
app.engine('html', render);
app.set('view engine', 'html');

app.use(express.static(path.join(__dirname, 'public'), { maxAge: '1h' }));

const templates = new Map();
const RIVERS = [
  { name: 'Elbe', length: 1094 }, { name: 'Weser', length: 452 }, { name: 'Rhine & Main', length: 1233 },
];

app.get('/', (request, response) => {
  const rows = RIVERS.map(({ name, length }) => `<tr><td>${escape(name)}</td><td>${length}</td></tr>`).join('');
  response.render('home', { title: 'Rivers', rows, pid: process.pid });
});

app.get('/api/rivers', (request, response) => {
  response.set('X-Rivers', String(RIVERS.length));
  response.json({ rivers: RIVERS, query: request.query, client: request.ip, protocol: request.protocol, host: request.hostname });
});
app.post('/api/rivers', express.json({ limit: '1mb' }), (request, response) => {
  response.status(201).location('/api/rivers/4').json({ method: request.method, body: request.body });
});
app.delete('/api/rivers/:name', (request, response) => response.status(204).end());

// In the memory of one process: with several of them, a visitor has to come to the same one.
app.get('/visits', sessions(), (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ visits: request.session.visits, pid: process.pid });
});

app.post('/upload', (request, response, next) => {
  const hash = crypto.createHash('sha256');
  let bytes = 0;
  request.on('data', (data) => {
    bytes += data.length;
    hash.update(data);
  });
  request.on('end', () => response.json({ bytes, sha256: hash.digest('hex') }));
  request.on('error', next);
});

app.get('/cookies', (request, response) => {
  response.cookie('one', '1').cookie('two', '2', { httpOnly: true }).redirect(303, '/api/rivers');
});

app.get('/stream', (request, response) => {
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    response.write(`line ${number}\n`);
    if (number === 5) {
      clearInterval(timer);
      response.end();
    }
  }, 50);
});

app.get('/sse', (request, response) => {
  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  response.flushHeaders();
  let number = 0;
  const timer = setInterval(() => response.write(`id: ${++number}\ndata: tick ${number}\n\n`), 100);
  request.on('close', () => {
    clearInterval(timer);
    fs.appendFileSync(process.env.SSE_LOG || '/dev/null', `left after ${number}\n`);
  });
});

// Holds the event loop, as a loop or as one call that waits.
app.get('/block', (request, response) => {
  const ms = Number(request.query.ms) || 100;
  if (request.query.how === 'wait') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  else blockEventLoop(ms);
  response.type('text').send(`blocked ${ms}`);
});
app.get('/slow', (request, response) => {
  const ms = Number(request.query.ms) || 100;
  setTimeout(() => response.type('text').send(`slept ${ms}`), ms);
});
app.get('/crash', () => {
  setImmediate(() => { throw new Error('on purpose, where nobody catches'); });
});
app.get('/broken', () => { throw new Error('on purpose'); });
const leaked = [];
app.get('/leak', (request, response) => {
  leaked.push(Buffer.alloc((Number(request.query.mb) || 1) * 2 ** 20, 1));
  response.json({ held: leaked.length });
});
app.get('/pid', (request, response) => response.type('text').send(String(process.pid)));

app.use((request, response) => response.status(404).render('error', { title: 'Not found', text: request.path }));
// eslint wants fewer, Express wants four.
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  response.status(error.status ?? 500).render('error', { title: 'Our own error page', text: '' });
});

const server = app.listen(process.env.PORT || 3000, () => {
  console.log(`listening on ${server.address().port}`);
});

function blockEventLoop(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end) crypto.createHash('sha256').update('busy').digest();
}

/** Templates of a few lines: `{{ name }}` is escaped, `{{{ name }}}` is not. They are read once. */
function render(file, values, done) {
  try {
    if (!templates.has(file)) templates.set(file, fs.readFileSync(file, 'utf8'));
    done(null, templates.get(file).replace(/\{\{\{ (\w+) \}\}\}|\{\{ (\w+) \}\}/g,
      (match, raw, plain) => (raw ? values[raw] : escape(String(values[plain])))));
  } catch (error) {
    done(error);
  }
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What express-session does with its MemoryStore. */
function sessions() {
  const store = new Map();
  return (request, response, next) => {
    let id = /(?:^|; )sid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (!store.has(id)) {
      id = crypto.randomUUID();
      store.set(id, {});
      response.cookie('sid', id, { httpOnly: true, sameSite: 'lax', secure: request.secure });
    }
    request.session = store.get(id);
    next();
  };
}
