<?php
/**
 * @var Closure(string|int): string $e
 * @var string $token
 * @var ?string $name
 * @var ?string $problem
 */

use Guestbook\Entry;

?>
<section class="single">
    <h1>Who is writing?</h1>
    <form class="card write" method="post" action="/sign-in">
        <input type="hidden" name="token" value="<?= $e($token) ?>">
        <?php if (isset($problem)): ?>
            <p class="problem" role="alert"><?= $e($problem) ?></p>
        <?php endif ?>
        <label for="name">Your name, as it shall stand in the book</label>
        <input id="name" name="name" value="<?= $e($name ?? '') ?>" maxlength="<?= Entry::NAME_LIMIT ?>"
               autocomplete="name" required autofocus>
        <div class="row"><span class="hint">No password: this is a book on a table by the door.</span>
            <button class="button">Sign in</button></div>
    </form>
</section>
