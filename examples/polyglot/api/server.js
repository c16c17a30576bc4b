'use strict';

const express = require('express');

const app = express();
app.set('trust proxy', 'loopback');

const RIVERS = [{ name: 'Elbe', length: 1094 }, { name: 'Weser', length: 452 }, { name: 'Rhine', length: 1233 }];

const api = express.Router();
api.get('/rivers', (request, response) => {
  response.json({ rivers: RIVERS, visitor: request.ip, process: process.pid });
});
api.get('/rivers/:name', (request, response) => {
  const river = RIVERS.find(({ name }) => name.toLowerCase() === request.params.name.toLowerCase());
  if (!river) return response.status(404).json({ error: `no river ${request.params.name}` });
  response.json(river);
});
// A mistake to look at: while one visitor waits, this process can serve nobody else. Weir's log names the function.
api.get('/block', function block(request, response) {
  const end = Date.now() + Math.min(Number(request.query.ms) || 2000, 10_000);
  while (Date.now() < end);
  response.json({ process: process.pid });
});

app.use('/api', api);
app.use('/', api);
app.listen(3000, () => console.log('the API listens'));
