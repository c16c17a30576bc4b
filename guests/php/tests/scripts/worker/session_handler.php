<?php
session_set_save_handler(new Sessions('boot'));
