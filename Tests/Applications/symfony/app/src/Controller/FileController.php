<?php

namespace App\Controller;

use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\File\UploadedFile;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

final class FileController extends AbstractController
{
    public function __construct(private readonly string $uploads)
    {
    }

    public function upload(Request $request): Response
    {
        $file = $request->files->get('file');
        if (!$file instanceof UploadedFile || !$file->isValid()) {
            return $this->json(['error' => 'no file'], 400);
        }
        $name = bin2hex(random_bytes(16));
        $kept = $file->move($this->uploads, $name);
        return $this->json([
            'name' => $name,
            'original' => $file->getClientOriginalName(),
            'bytes' => $kept->getSize(),
            'sha1' => sha1_file($kept->getPathname()),
            'label' => $request->request->get('label'),
        ], 201);
    }

    /** Answers ranges and conditions, which is BinaryFileResponse's work. */
    public function download(string $name, Request $request): Response
    {
        $file = "$this->uploads/$name";
        if (!is_file($file)) {
            throw $this->createNotFoundException();
        }
        $response = $this->file($file, 'upload.bin');
        $response->headers->set('Content-Type', 'application/octet-stream');
        $response->setAutoEtag()->isNotModified($request);
        return $response;
    }
}
