'use strict';
// Weir's part inside a Node.js application: `node --require …/weir-node.cjs server.js`. See README.md beside this file.

const cluster = require('node:cluster');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

// Threads of the application load this file too, because they inherit node's arguments. So do processes it forks;
// those find nothing of Weir in their environment.
if (isMainThread && !cluster.isWorker && process.env.WEIR_SOCKET) {
  // A package manager that starts the application is not the application: what is in the environment is for its child.
  const starter = /^(npm|npx|pnpm|yarn)(-cli)?$/.test(path.parse(process.argv[1] ?? '').name);
  if (starter) delete process.env.WEIR_CONTROL_FD;
  else require('./lib/start.cjs').start();
}
