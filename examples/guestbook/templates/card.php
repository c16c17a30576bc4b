<?php
/**
 * @var Closure(string|int): string $e
 * @var Guestbook\Entry $entry
 * @var string $token
 * @var ?Guestbook\Guest $guest
 */
?>
<article class="card entry">
    <?php if ($entry->photo): ?>
        <a class="photo" href="/photos/<?= $e($entry->photo->id) ?>"><img loading="lazy"
            src="/photos/<?= $e($entry->photo->id) ?>/small" alt="Photo by <?= $e($entry->name) ?>"
            width="<?= $entry->photo->width ?>" height="<?= $entry->photo->height ?>"></a>
    <?php endif ?>
    <p class="text"><?= nl2br($e($entry->text), false) ?></p>
    <footer>
        <span class="initial tint-<?= crc32($entry->name) % 6 ?>" aria-hidden="true"><?=
            $e(mb_strtoupper(mb_substr($entry->name, 0, 1))) ?></span>
        <span class="name"><?= $e($entry->name) ?></span>
        <a class="when" href="/entries/<?= $entry->id ?>"><time datetime="<?= gmdate('c', $entry->written) ?>"><?=
            gmdate('j M Y', $entry->written) ?></time></a>
        <?php if ($entry->isBy($guest)): ?>
            <form method="post" action="/entries/<?= $entry->id ?>/remove">
                <input type="hidden" name="token" value="<?= $e($token) ?>">
                <button class="quiet" title="Take this entry out of the book">Remove</button>
            </form>
        <?php endif ?>
    </footer>
</article>
