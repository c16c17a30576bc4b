// An ES module with WebSockets: /echo answers each message with itself, /chat sends it to everybody.
// Debian's node-ws; ES modules do not look at NODE_PATH, `createRequire` does.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(import.meta.url)('ws');

const server = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end(`${chat.clients.size} in the room\n`);
});
const echo = new WebSocketServer({ noServer: true, maxPayload: 16 * 2 ** 20 });
const chat = new WebSocketServer({ noServer: true });

echo.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
chat.on('connection', (socket) => {
  socket.on('message', (data) => {
    for (const other of chat.clients) if (other.readyState === other.OPEN) other.send(data.toString());
  });
});

const rooms = { '/echo': echo, '/chat': chat };
server.on('upgrade', (request, socket, head) => {
  const room = rooms[request.url];
  if (!room) {
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  room.handleUpgrade(request, socket, head, (webSocket) => room.emit('connection', webSocket, request));
});

await new Promise((resolve) => server.listen(process.env.PORT ?? 3000, resolve));
console.log(`listening on ${server.address().port}`);

process.once('SIGTERM', () => {
  for (const socket of [...echo.clients, ...chat.clients]) socket.close(1001, 'the server stops');
  server.close();
});
