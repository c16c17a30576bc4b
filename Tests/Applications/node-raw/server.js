'use strict';
// A server without a framework that behaves as LISTEN says:
//   (nothing)  at once          late   after LISTEN_AFTER_MS       never   not at all
//   twice      and on a second port, OTHER_PORT                    exit    it ends instead, with status 3
//   garbage    what it answers is not HTTP

const http = require('node:http');

const server = http.createServer(answer);
const port = Number(process.env.PORT) || 3000;
const ways = {
  late: () => setTimeout(() => server.listen(port), Number(process.env.LISTEN_AFTER_MS) || 2000),
  never: () => setInterval(() => {}, 60_000),
  twice: () => {
    server.listen(port);
    http.createServer((request, response) => response.end('second')).listen(Number(process.env.OTHER_PORT), '127.0.0.1');
  },
  exit: () => process.exit(3),
  garbage: () => {
    server.removeAllListeners('connection');
    server.on('connection', (socket) => socket.on('data', () => socket.end('this is not HTTP\r\n\r\n')));
    server.listen(port);
  },
};
(ways[process.env.LISTEN] ?? (() => server.listen(port)))();

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const amount = Number(searchParams.get('n')) || 0;
  const page = pages[pathname];
  if (page) return page(request, response, amount);
  response.statusCode = 404;
  response.end('no such page\n');
}

const pages = {
  '/': (request, response) => response.end('hello\n'),
  '/pid': (request, response) => response.end(String(process.pid)),
  '/request': (request, response) => {
    const { method, url, httpVersion, rawHeaders } = request;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ method, url, httpVersion, rawHeaders }));
  },
  '/duplex': (request, response) => request.pipe(response),
  '/bytes': (request, response, amount) => response.end(Buffer.alloc(amount, 'a')),
  '/echo': (request, response) => request.pipe(response),
  '/hang': () => {},
  '/die': () => process.kill(process.pid, 'SIGKILL'),
  '/exit': (request, response, amount) => process.exit(amount),
  '/hints': (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    setTimeout(() => response.end('hinted\n'), 50);
  },
  '/trailers': (request, response) => {
    response.setHeader('Trailer', 'X-Sum');
    response.write('counted\n');
    response.addTrailers({ 'X-Sum': '8' });
    response.end();
  },
  // Ends in the middle of what it said it would send.
  '/cut': (request, response) => {
    response.setHeader('Content-Length', 1000);
    response.write('a'.repeat(500));
    setTimeout(() => response.destroy(), 50);
  },
  // Answers without reading the body.
  '/refuse': (request, response) => {
    response.statusCode = 413;
    response.end('too much\n');
  },
  '/smuggle': (request, response) => {
    response.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc');
  },
};
