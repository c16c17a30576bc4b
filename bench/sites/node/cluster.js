'use strict';
// The peer of Weir's processes of Node.js: node's own cluster, as its documentation shows it.
//   node cluster.js APPLICATION WORKERS        with PORT in the environment

const cluster = require('node:cluster');

const [application, workers] = process.argv.slice(2);

if (cluster.isPrimary) {
  for (let number = 0; number < Number(workers); number += 1) cluster.fork();
  cluster.on('exit', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
} else {
  require(application);
}
