<?php
/**
 * @var Closure(string|int): string $e
 * @var list<Guestbook\Entry> $entries
 * @var int $count
 * @var int $page
 * @var int $pages
 * @var string $token
 * @var ?string $draft
 * @var ?string $problem
 * @var ?Guestbook\Guest $guest
 */

use Guestbook\Entry;
use Guestbook\View;

?>
<section class="welcome">
    <h1>Leave us a line</h1>
    <p>The mill takes the water it can use; the weir lets the rest go by. You are welcome to stay for both.</p>
</section>

<?php if ($guest): ?>
    <form class="card write" method="post" action="/entries" enctype="multipart/form-data">
        <input type="hidden" name="token" value="<?= $e($token) ?>">
        <?php if ($problem !== null): ?>
            <p class="problem" role="alert"><?= $e($problem) ?></p>
        <?php endif ?>
        <label for="text">Your entry, <?= $e($guest->name) ?></label>
        <textarea id="text" name="text" rows="4" maxlength="<?= Entry::TEXT_LIMIT ?>" required
                  placeholder="How was it?"><?= $e($draft ?? '') ?></textarea>
        <div class="row">
            <label class="file">Add a photo
                <input type="file" name="photo" accept="image/jpeg,image/png,image/webp,image/gif">
            </label>
            <button class="button">Write it in the book</button>
        </div>
    </form>
<?php else: ?>
    <p class="card invite"><a href="/sign-in">Tell us your name</a> to write in the book.</p>
<?php endif ?>

<h2 class="count"><?= $e($count) ?> <?= $count === 1 ? 'entry' : 'entries' ?></h2>
<div class="entries">
    <?php foreach ($entries as $entry): ?>
        <?= View::fill('card', ['entry' => $entry, 'guest' => $guest, 'token' => $token]) ?>
    <?php endforeach ?>
</div>

<?php if ($pages > 1): ?>
    <nav class="pages" aria-label="Pages">
        <?php if ($page > 1): ?><a rel="prev" href="/?page=<?= $page - 1 ?>">← Newer</a><?php endif ?>
        <span>Page <?= $page ?> of <?= $pages ?></span>
        <?php if ($page < $pages): ?><a rel="next" href="/?page=<?= $page + 1 ?>">Older →</a><?php endif ?>
    </nav>
<?php endif ?>
