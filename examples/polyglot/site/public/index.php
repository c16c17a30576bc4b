<?php
declare(strict_types=1);

// The page. A job is a file in a directory that this page, the worker and the cleaning share.
$jobs = sys_get_temp_dir() . '/weir-polyglot';
if (!is_dir($jobs)) {
    mkdir($jobs, 0700);
}

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $text = substr(trim((string) ($_POST['text'] ?? '')), 0, 1000);
    $name = bin2hex(random_bytes(8));
    // Under its name only when it is whole.
    file_put_contents("$jobs/$name.part", $text);
    rename("$jobs/$name.part", "$jobs/$name.job");
    header("Location: /?job=$name", true, 303);
    exit;
}

$name = (string) ($_GET['job'] ?? '');
$result = preg_match('/^[0-9a-f]{16}$/', $name) && is_file("$jobs/$name.done")
    ? file_get_contents("$jobs/$name.done")
    : null;
?>
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Four languages</title>
  <style>body { font-family: sans-serif; max-width: 40em; margin: 2em auto; } pre { background: #eee; padding: 1em; }</style>
</head>
<body>
<h1>Four languages</h1>
<p>This page is PHP <?= PHP_VERSION ?>, process <?= getmypid() ?>.</p>
<ul>
  <li><a href="/api/rivers">/api/rivers</a> is Node.js</li>
  <li><a href="/reports/today">/reports/today</a> is Python</li>
  <li><a href="/prices">/prices</a> and <a href="/prices/live">/prices/live</a> are Go</li>
</ul>
<form method="post">
  <label>A job for the worker: <input name="text" value="turn me round"></label>
  <button>Send</button>
</form>
<?php if ($result !== null): ?>
<pre><?= htmlspecialchars($result) ?></pre>
<?php elseif ($name !== ''): ?>
<p>Not done yet. <a href="">Look again</a></p>
<?php endif ?>
</body>
</html>
