<?php

namespace Bleeding;

/**
 * Runs one page, `/NAME?visitor=WHO`, and says what the page saw of those before, prior to leaving its own traces.
 *
 * A page that sees the same at each visit sees nothing of the others.
 */
final class Site
{
    public static function answer(): void
    {
        $name = basename(explode('?', $_SERVER['REQUEST_URI'])[0]);
        $page = dirname(__DIR__) . "/pages/$name.php";
        if (!is_file($page)) {
            http_response_code(404);
            echo 'no such page';
            return;
        }
        $visitor = preg_replace('/\W/', '', $_GET['visitor'] ?? 'nobody');
        $seen = (require $page)($visitor);
        headers_sent() || header('Content-Type: application/json');
        echo json_encode(['page' => $name, 'visitor' => $visitor, 'seen' => $seen]), "\n";
    }
}
