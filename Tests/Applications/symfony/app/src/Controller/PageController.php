<?php

namespace App\Controller;

use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;

final class PageController extends AbstractController
{
    private const RIVERS = [
        ['name' => 'Elbe', 'kilometres' => 1094], ['name' => 'Loire', 'kilometres' => 1006],
        ['name' => 'Glomma', 'kilometres' => 621], ['name' => 'Ebro', 'kilometres' => 930],
        ['name' => 'Severn', 'kilometres' => 354], ['name' => 'Vistula', 'kilometres' => 1047],
    ];

    /** The page that the benchmark measures. */
    public function home(): Response
    {
        return $this->render('home.html.twig', ['rivers' => self::RIVERS]);
    }

    public function rivers(Request $request): JsonResponse
    {
        return $this->json([
            'rivers' => self::RIVERS,
            'method' => $request->getMethod(),
            'query' => $request->query->all(),
            'body' => $request->getContent() === '' ? null : $request->toArray(),
            'client' => $request->getClientIp(),
        ], headers: ['X-Rivers' => (string) count(self::RIVERS)]);
    }

    public function article(int $year, string $slug): Response
    {
        return $this->render('article.html.twig', ['year' => $year, 'slug' => $slug]);
    }

    public function leave(): Response
    {
        return $this->redirectToRoute('article', ['year' => 2024, 'slug' => 'high-water'], 302);
    }

    public function broken(): Response
    {
        throw new \LogicException('Broken on purpose: the visitor must not read this sentence.');
    }

    public function lines(): Response
    {
        return new StreamedResponse(static function (): void {
            foreach (range(1, 5) as $line) {
                echo "line $line\n";
                flush();
            }
        }, 200, ['Content-Type' => 'text/plain; charset=utf-8', 'X-Accel-Buffering' => 'no']);
    }
}
