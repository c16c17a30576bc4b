<?php

declare(strict_types=1);

namespace Guestbook;

/** Keeps uploaded photos, each as `ID` and, where GD is there to make one, a thumbnail `ID-small`. */
final readonly class Photos
{
    private const TYPES = [
        IMAGETYPE_JPEG => 'image/jpeg',
        IMAGETYPE_PNG => 'image/png',
        IMAGETYPE_WEBP => 'image/webp',
        IMAGETYPE_GIF => 'image/gif',
    ];
    private const THUMBNAIL_WIDTH = 720;
    /** GD unpacks a picture to 4 bytes a pixel, and the script's memory limit counts them. */
    private const PIXELS_LIMIT = 16_000_000;

    public function __construct(private string $directory)
    {
    }

    /**
     * @param ?array{error: int, tmp_name: string} $upload
     * @throws UnusablePhoto
     */
    public function keep(?array $upload): ?Photo
    {
        if ($upload === null || $upload['error'] === UPLOAD_ERR_NO_FILE) {
            return null;
        }
        if ($upload['error'] === UPLOAD_ERR_INI_SIZE || $upload['error'] === UPLOAD_ERR_FORM_SIZE) {
            throw new UnusablePhoto('That photo is too large: the limit is ' . ini_get('upload_max_filesize') . '.');
        }
        if ($upload['error'] !== UPLOAD_ERR_OK) {
            throw new UnusablePhoto('The photo did not arrive in one piece. Please try again.');
        }
        // The contents decide what it is, never the name or the type the browser claims.
        [$width, $height, $type] = @getimagesize($upload['tmp_name']) ?: [0, 0, null];
        if (!isset(self::TYPES[$type]) || $width < 1 || $height < 1) {
            throw new UnusablePhoto('That is not a JPEG, PNG, WebP or GIF picture.');
        }
        $id = bin2hex(random_bytes(12));
        if (!move_uploaded_file($upload['tmp_name'], $this->file($id))) {
            throw new \RuntimeException("Cannot move the upload to {$this->file($id)}.");
        }
        [$width, $height] = $this->makeThumbnail($id, $type, $width, $height) ?? [$width, $height];
        return new Photo($id, $width, $height);
    }

    public function discard(?Photo $photo): void
    {
        if ($photo !== null) {
            @unlink($this->file($photo->id));
            @unlink($this->file("$photo->id-small"));
        }
    }

    public function response(string $id, bool $small, Request $request): Response
    {
        $file = $this->file($id);
        if ($small && is_file("$file-small")) {
            $file .= '-small';
        }
        $type = is_file($file) ? (getimagesize($file)[2] ?? null) : null;
        if (!isset(self::TYPES[$type])) {
            throw Refusal::notFound();
        }
        // An id is never used again, so a browser may keep what it got for good.
        $tag = '"' . basename($file) . '"';
        $headers = ['ETag' => $tag, 'Cache-Control' => 'public, max-age=31536000, immutable'];
        return $request->header('If-None-Match') === $tag
            ? Response::notModified($headers)
            : Response::file($file, self::TYPES[$type], $headers);
    }

    /** @return ?array{int, int} the thumbnail's size, or nothing where none was made */
    private function makeThumbnail(string $id, int $type, int $width, int $height): ?array
    {
        if (!extension_loaded('gd') || $width * $height > self::PIXELS_LIMIT) {
            return null;
        }
        $picture = @imagecreatefromstring((string) file_get_contents($this->file($id)));
        if ($picture === false) {
            return null;
        }
        // Cameras store the picture as the sensor saw it, and say beside it which way is up.
        if ($type === IMAGETYPE_JPEG && function_exists('exif_read_data')) {
            $degrees = match (@exif_read_data($this->file($id))['Orientation'] ?? 1) {
                3 => 180,
                6 => 270,
                8 => 90,
                default => 0,
            };
            $picture = $degrees ? imagerotate($picture, $degrees, 0) : $picture;
        }
        if (imagesx($picture) > self::THUMBNAIL_WIDTH) {
            $picture = imagescale($picture, self::THUMBNAIL_WIDTH);
        }
        // JPEG knows no transparency: what was clear becomes white, not black.
        $paper = imagecreatetruecolor(imagesx($picture), imagesy($picture));
        imagefill($paper, 0, 0, imagecolorallocate($paper, 255, 255, 255));
        imagecopy($paper, $picture, 0, 0, 0, 0, imagesx($picture), imagesy($picture));
        imagejpeg($paper, $this->file("$id-small"), 82);
        return [imagesx($paper), imagesy($paper)];
    }

    private function file(string $name): string
    {
        return "$this->directory/$name";
    }
}
