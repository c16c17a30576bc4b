'use strict';
// Lines to Weir: fields separated by tabs. Written at once and whole, from the main thread and from the one that
// watches it, because a line of at most 16 KiB fits into one write of a stream socket.

const fs = require('node:fs');

const LONGEST_LINE = 16 * 1024;
// Cut off as a whole character, and room for the end of the line.
const LONGEST_TEXT = LONGEST_LINE - 4;

let torn = false;

/** One line, with its end. What is too long is cut off. */
function line(kind, fields) {
  const text = [kind, ...fields].map((field) => String(field).replace(/[\0-\x1f\x7f]+/g, ' ')).join('\t');
  if (text.length * 3 <= LONGEST_TEXT) return `${text}\n`;
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_TEXT) return `${text}\n`;
  return `${bytes.subarray(0, LONGEST_TEXT).toString().replace(/\uFFFD+$/, '')}\n`;
}

/** Whether Weir still listens. A line that finds no room is dropped: the application must not wait for its reader. */
function write(fd, kind, fields) {
  // The end of a line that was cut off, so that the next one does not become part of it.
  const text = (torn ? '\n' : '') + line(kind, fields);
  try {
    torn = fs.writeSync(fd, text) < Buffer.byteLength(text);
    return true;
  } catch (error) {
    return error.code === 'EAGAIN';
  }
}

module.exports = { LONGEST_LINE, line, write };
