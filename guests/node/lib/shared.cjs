'use strict';

/** What the main thread and the watching one share: a time (clock.cjs) and how often requests started. */
module.exports = { BEAT: 0, TURNS: 1, BEAT_MS: 20 };
