<?php
/**
 * @var Closure(string|int): string $e
 * @var string $title
 * @var string $content
 * @var string $token
 * @var ?string $flash
 * @var ?Guestbook\Guest $guest
 */
?>
<!DOCTYPE html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title><?= $e($title) ?> · Guestbook</title>
    <link rel="icon" href="/mill.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="bar">
    <a class="brand" href="/"><img src="/mill.svg" alt="" width="32" height="32"> The Mill by the Weir</a>
    <?php if ($guest): ?>
        <form class="who" method="post" action="/sign-out">
            <input type="hidden" name="token" value="<?= $e($token) ?>">
            <span><?= $e($guest->name) ?></span>
            <button class="quiet">Sign out</button>
        </form>
    <?php else: ?>
        <a class="button" href="/sign-in">Sign in</a>
    <?php endif ?>
</header>
<main>
    <?php if ($flash !== null): ?>
        <p class="flash" role="status"><?= $e($flash) ?></p>
    <?php endif ?>
    <?= $content ?>
</main>
<footer>Served by Weir.</footer>
</body>
</html>
