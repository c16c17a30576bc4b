<?php
/**
 * @var Closure(string|int): string $e
 * @var string $title
 * @var string $message
 */
?>
<section class="single">
    <h1><?= $e($title) ?></h1>
    <p class="card"><?= $e($message) ?></p>
    <p><a href="/">← Back to the book</a></p>
</section>
