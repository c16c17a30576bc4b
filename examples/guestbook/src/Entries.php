<?php

declare(strict_types=1);

namespace Guestbook;

/** The entries of the book, newest first. */
final readonly class Entries
{
    public function __construct(private \PDO $database)
    {
    }

    public function count(): int
    {
        return (int) $this->database->query('SELECT count(*) FROM entry')->fetchColumn();
    }

    /** @return list<Entry> */
    public function page(int $page, int $size): array
    {
        $query = $this->database->prepare('SELECT * FROM entry ORDER BY id DESC LIMIT :size OFFSET :skip');
        $query->bindValue('size', $size, \PDO::PARAM_INT);
        $query->bindValue('skip', ($page - 1) * $size, \PDO::PARAM_INT);
        $query->execute();
        return array_map(Entry::fromRow(...), $query->fetchAll());
    }

    public function find(int $id): ?Entry
    {
        $query = $this->database->prepare('SELECT * FROM entry WHERE id = ?');
        $query->execute([$id]);
        $row = $query->fetch();
        return $row ? Entry::fromRow($row) : null;
    }

    public function add(Guest $guest, string $text, ?Photo $photo, ?int $written = null): void
    {
        $this->database->prepare('
            INSERT INTO entry (guest, name, text, photo, photo_width, photo_height, written)
            VALUES (?, ?, ?, ?, ?, ?, ?)
        ')->execute([
            $guest->id, $guest->name, $text, $photo?->id, $photo?->width, $photo?->height, $written ?? time(),
        ]);
    }

    public function remove(Entry $entry): void
    {
        $this->database->prepare('DELETE FROM entry WHERE id = ?')->execute([$entry->id]);
    }
}
