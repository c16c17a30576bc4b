<?php

namespace Shop;

function price(): int
{
    return 1;
}

echo price();
