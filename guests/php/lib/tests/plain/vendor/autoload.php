<?php

final class Visits
{
    public static int $count = 0;
}
