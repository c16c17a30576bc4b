<?php
class Preloaded { const NAME = 'from preload'; }
