'use strict';
// The main thread's pulse: a timer that runs while there are requests. How late it comes is the delay of the event
// loop, and that it does not come at all is what the watching thread sees.

const path = require('node:path');
const { createHistogram, performance } = require('node:perf_hooks');
const v8 = require('node:v8');
const { Worker } = require('node:worker_threads');
const { now } = require('./clock.cjs');
const { BEAT, BEAT_MS, TURNS } = require('./shared.cjs');

const BUSY_REPORT_MS = 1000;
const IDLE_REPORT_MS = 10_000;
// Awake this long after the last request: who is asked once a second does not fall asleep in between.
const AWAKE_MS = 1500;
// The watching thread needs little, and it must not take more.
const THREAD_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 16, stackSizeMb: 1 };

class Pulse {
  #settings;
  #control;
  #requests;
  #shared = new Int32Array(new SharedArrayBuffer(8));
  #delays = createHistogram();
  #utilisation = performance.eventLoopUtilization();
  #timer = null;
  #idleTimer = null;
  #watcher = null;
  #turnsSeen = 0;
  #lastBusy = 0;
  #lastReport = 0;
  #due = 0;

  constructor(settings, control, requests) {
    this.#settings = settings;
    this.#control = control;
    this.#requests = requests;
  }

  /** The application listens. */
  start() {
    if (this.#idleTimer !== null || this.#control.fd === null) return;
    this.#requests.notify({
      onStart: () => {
        this.#shared[TURNS] = this.#requests.turns;
        if (this.#timer === null) this.#wake();
      },
    });
    this.#idleTimer = setInterval(() => this.#idle(), IDLE_REPORT_MS);
    this.#idleTimer.unref();
    if (this.#settings.watch) this.#startWatching();
  }

  #startWatching() {
    const { blockedAfterMS, slowAfterMS } = this.#settings;
    try {
      this.#watcher = new Worker(path.join(__dirname, 'watcher.cjs'), {
        argv: [], env: {}, execArgv: [], name: 'weir-watch', resourceLimits: THREAD_LIMITS,
        workerData: { shared: this.#shared, fd: this.#control.fd, blockedAfterMS, slowAfterMS },
      });
    } catch (error) {
      return notWatching(error);
    }
    this.#watcher.on('error', (error) => {
      this.#watcher = null;
      notWatching(error);
    });
    this.#watcher.unref();
    if (this.#timer !== null) this.#watcher.postMessage(true);
  }

  #wake() {
    const time = now();
    this.#due = time + BEAT_MS;
    this.#lastBusy = time;
    this.#lastReport = time;
    Atomics.store(this.#shared, BEAT, time);
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    this.#timer.unref();
    this.#watcher?.postMessage(true);
  }

  #beat() {
    const time = now();
    Atomics.store(this.#shared, BEAT, time);
    this.#delays.record(Math.max(1, ((time - this.#due) | 0) * 1000));
    this.#due = time + BEAT_MS;
    if (this.#requests.count > 0 || this.#requests.turns !== this.#turnsSeen) {
      this.#lastBusy = time;
      this.#turnsSeen = this.#requests.turns;
    }
    const asleep = ((time - this.#lastBusy) | 0) > AWAKE_MS;
    if (asleep || ((time - this.#lastReport) | 0) >= BUSY_REPORT_MS) this.#report(time);
    if (asleep) this.#sleep();
  }

  #sleep() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#watcher?.postMessage(false);
  }

  #idle() {
    if (this.#timer === null) this.#report(now());
  }

  #report(time) {
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.#utilisation);
    const heap = v8.getHeapStatistics();
    const [p99, max] = this.#delays.count > 0 ? [this.#delays.percentile(99), this.#delays.max] : [0, 0];
    this.#control.send(
      'loop', p99, max, Math.round(utilization * 1000), heap.used_heap_size, heap.total_heap_size,
      heap.external_memory, process.getActiveResourcesInfo().length,
    );
    this.#utilisation = used;
    this.#delays.reset();
    this.#lastReport = time;
  }
}

function notWatching(error) {
  process.stderr.write(`weir-node: the event loop is not watched: ${error.message}\n`);
}

module.exports = { Pulse };
