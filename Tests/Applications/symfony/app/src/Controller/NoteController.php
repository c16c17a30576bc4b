<?php

namespace App\Controller;

use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Exception\AccessDeniedHttpException;

/** Notes of one visitor, kept in the session. */
final class NoteController extends AbstractController
{
    public function list(Request $request): Response
    {
        return $this->render('notes.html.twig', ['notes' => $request->getSession()->get('notes', [])]);
    }

    public function add(Request $request): Response
    {
        if (!$this->isCsrfTokenValid('note', (string) $request->request->get('token'))) {
            throw new AccessDeniedHttpException('stale form');
        }
        $session = $request->getSession();
        $session->set('notes', [...$session->get('notes', []), (string) $request->request->get('note')]);
        $this->addFlash('notice', 'The note is kept.');
        return $this->redirectToRoute('notes', [], 303);
    }
}
