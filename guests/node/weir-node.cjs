'use strict';
// Weir's part inside a Node.js application: `node --require …/weir-node.cjs server.js`. See README.md beside this file.

const cluster = require('node:cluster');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

// Threads of the application load this file too, because they inherit node's arguments. So do processes it forks;
// those find nothing of Weir in their environment.
if (isMainThread && !cluster.isWorker && process.env.WEIR_SOCKET) {
  // On the command line it is meant for this process; in NODE_OPTIONS, for whichever process a starter starts.
  const isMeant = process.execArgv.some((argument) => argument.endsWith(path.basename(__filename)));
  require('./lib/start.cjs').start(isMeant);
}
