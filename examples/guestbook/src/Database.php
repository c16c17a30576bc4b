<?php

declare(strict_types=1);

namespace Guestbook;

/** Opens the database, and creates it with a few entries to look at when it is new. */
final class Database
{
    private const VERSION = 1;

    public static function open(string $file): \PDO
    {
        $database = new \PDO("sqlite:$file", options: [
            \PDO::ATTR_DEFAULT_FETCH_MODE => \PDO::FETCH_ASSOC,
            \PDO::ATTR_TIMEOUT => 5,
        ]);
        if (self::version($database) < self::VERSION) {
            self::create($database);
        }
        $database->exec('PRAGMA synchronous = NORMAL');
        return $database;
    }

    private static function version(\PDO $database): int
    {
        return (int) $database->query('PRAGMA user_version')->fetchColumn();
    }

    private static function create(\PDO $database): void
    {
        // Readers do not wait for a writer. It lasts: the mode is written into the file.
        $database->exec('PRAGMA journal_mode = WAL');
        $database->exec('BEGIN IMMEDIATE');
        // Another worker may have created it while this one waited for the lock.
        if (self::version($database) < self::VERSION) {
            $database->exec('
                CREATE TABLE entry (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    guest TEXT NOT NULL,
                    name TEXT NOT NULL,
                    text TEXT NOT NULL,
                    photo TEXT,
                    photo_width INTEGER,
                    photo_height INTEGER,
                    written INTEGER NOT NULL
                )
            ');
            $entries = new Entries($database);
            foreach (self::firstEntries() as $daysAgo => [$name, $text]) {
                $entries->add(new Guest('', $name), $text, null, time() - $daysAgo * 86_400);
            }
            $database->exec('PRAGMA user_version = ' . self::VERSION);
        }
        $database->exec('COMMIT');
    }

    /** @return array<int, array{string, string}> days ago => name and text */
    private static function firstEntries(): array
    {
        return [
            41 => ['Agnes Holm', 'Four generations of us have baked with this flour. The wheel sounds the same.'],
            33 => ['Tomasz', 'Came for the bicycle path, stayed for the plum cake.'],
            27 => ['Class 4b', "We counted 11 trout, 2 herons and 1 lost shoe.\nThank you for the sluice!"],
            19 => ['M. Okafor', 'I build data centres. It was good to see load shedding done with oak and patience.'],
            12 => ['Ines & Rui', 'High water: the mill took what it needed, the rest went over the weir.'],
            6 => ['Yuki', '川の音がとてもきれいでした。また来ます。'],
            3 => ['Bernadette', 'My umbrella has the blue handle. If found: keep it, you have earned it.'],
            1 => ['Samir', 'Two loaves, one jar of honey, and no signal on my phone. Ten out of ten.'],
        ];
    }
}
