<?php
throw new Exception("this preload fails");
