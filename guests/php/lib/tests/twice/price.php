<?php

function price(): int
{
    return 7;
}
