<?php

// Declares nothing: it does its work for the first who includes it once.

return ['included' => true];
