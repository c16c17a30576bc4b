<?php
// Random numbers drawn before the fork must not repeat in the workers.
mt_rand();
lcg_value();
uniqid('', true);
random_int(0, 9);
class Preloaded { const NAME = 'from preload'; }
