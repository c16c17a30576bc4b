<?php busy();
