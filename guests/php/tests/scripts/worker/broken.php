<?php
function serve(): void {}
