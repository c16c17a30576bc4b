<?php

declare(strict_types=1);

namespace Guestbook;

/** What somebody left in the book. */
final readonly class Entry
{
    public const NAME_LIMIT = 40;
    public const TEXT_LIMIT = 600;

    private function __construct(
        public int $id,
        public string $guest,
        public string $name,
        public string $text,
        public ?Photo $photo,
        public int $written,
    ) {
    }

    /** @param array<string, mixed> $row */
    public static function fromRow(array $row): self
    {
        $photo = $row['photo'] === null
            ? null
            : new Photo($row['photo'], (int) $row['photo_width'], (int) $row['photo_height']);
        return new self((int) $row['id'], $row['guest'], $row['name'], $row['text'], $photo, (int) $row['written']);
    }

    public function isBy(?Guest $guest): bool
    {
        return $guest !== null && $this->guest !== '' && hash_equals($this->guest, $guest->id);
    }
}
