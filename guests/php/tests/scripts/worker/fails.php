<?php
throw new RuntimeException('cannot boot');
