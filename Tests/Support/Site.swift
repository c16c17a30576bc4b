import Foundation

/// Directories to serve.
package enum Site {
    /// A PHP application whose front controller says what it was asked, as JSON.
    package static func echo() throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write("index.php", echoScript)
        return site
    }

    /// Answers with the request as PHP sees it. `?sleep=0.5` takes that long first.
    package static let echoScript = """
        <?php
        usleep((int) (1e6 * (float) ($_GET['sleep'] ?? 0)));
        $body = fopen('php://input', 'rb');
        $hash = hash_init('sha1');
        $length = hash_update_stream($hash, $body);
        header('Content-Type: application/json');
        echo json_encode([
            'method' => $_SERVER['REQUEST_METHOD'], 'uri' => $_SERVER['REQUEST_URI'],
            'address' => $_SERVER['REMOTE_ADDR'], 'scheme' => $_SERVER['REQUEST_SCHEME'],
            'https' => $_SERVER['HTTPS'] ?? '', 'content_length' => $_SERVER['CONTENT_LENGTH'],
            'length' => $length, 'sha1' => hash_final($hash),
            'server' => array_filter($_SERVER, 'is_string'), 'pid' => getmypid(),
        ], JSON_INVALID_UTF8_SUBSTITUTE);

        """

    /// The settings of one PHP app in the directory; `rest` is the file's other keys, `pool` the pool's.
    package static func php(_ rest: String = "", pool: String = "{manager: static, max_workers: 2}") -> String {
        """
        \(rest)
        apps:
          web: {runtime: php, root: ., pool: \(pool)}
        """
    }
}

extension RawAnswer {
    /// What ``Site/echo()`` says.
    package func echoed() throws -> [String: Any] {
        guard status == 200 else { throw TestFailure("no echo: \(status) \(text)") }
        return try object()
    }

    /// The body as a JSON object.
    package func object() throws -> [String: Any] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw TestFailure("no JSON object: \(status) \(text)")
        }
        return object
    }

    /// A variable that PHP has in `$_SERVER`.
    package func serverVariable(_ name: String) throws -> String? {
        (try echoed()["server"] as? [String: Any])?[name] as? String
    }
}
