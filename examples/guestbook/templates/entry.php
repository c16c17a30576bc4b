<?php
/**
 * @var Closure(string|int): string $e
 * @var string $title
 * @var Guestbook\Entry $entry
 * @var string $token
 * @var ?Guestbook\Guest $guest
 */

use Guestbook\View;

?>
<section class="single">
    <h1><?= $e($title) ?></h1>
    <?= View::fill('card', ['entry' => $entry, 'guest' => $guest, 'token' => $token]) ?>
    <p><a href="/">← Back to the book</a></p>
</section>
