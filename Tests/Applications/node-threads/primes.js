'use strict';

const { isMainThread, parentPort, threadId } = require('node:worker_threads');

function primesBelow(limit) {
  const composite = new Uint8Array(limit);
  let count = 0;
  for (let number = 2; number < limit; number += 1) {
    if (composite[number]) continue;
    count += 1;
    for (let multiple = number * number; multiple < limit; multiple += number) composite[multiple] = 1;
  }
  return count;
}

if (!isMainThread) {
  parentPort.on('message', ({ below }) => {
    if (!Number.isInteger(below)) throw new TypeError(`not a number: ${below}`);
    parentPort.postMessage({ count: primesBelow(below), thread: threadId });
  });
}

module.exports = { primesBelow };
