<?php

namespace App\Controller;

use App\Service\Visits;
use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\RequestStack;

/** What one request changes and the next must not see. */
final class StateController extends AbstractController
{
    public function __construct(private readonly Visits $visits, private readonly RequestStack $requests)
    {
    }

    public function show(Request $request): JsonResponse
    {
        return $this->json([
            'visits' => $this->visits->names,
            'request' => $this->requests->getMainRequest() === $request,
            'parent' => $this->requests->getParentRequest() !== null,
            'proxies' => Request::getTrustedProxies(),
            'locale' => [$request->getLocale(), \Locale::getDefault()],
            'session' => $request->hasPreviousSession(),
        ]);
    }

    public function spoil(Request $request): JsonResponse
    {
        $this->visits->names[] = $request->query->get('visitor');
        Request::setTrustedProxies(['192.0.2.1'], Request::HEADER_X_FORWARDED_FOR);
        $request->setLocale('de');
        $request->getSession()->set('visitor', $request->query->get('visitor'));
        if ($request->query->get('how') === 'exit') {
            exit;
        }
        if ($request->query->get('how') === 'exception') {
            throw new \LogicException('Broken on purpose.');
        }
        return $this->json([]);
    }

    /** For sessions.py. */
    public function who(Request $request): JsonResponse
    {
        $session = $request->getSession();
        if ($request->query->has('sign-in')) {
            $session->set('name', $request->query->get('sign-in'));
        }
        $session->set('count', $session->get('count', 0) + 1);
        $who = json_encode([$session->get('name'), $session->get('count')]);
        if ($request->query->get('how') === 'exit') {
            $session->save();
            header("X-Who: $who");
            exit;
        }
        return $this->json([], headers: ['X-Who' => $who]);
    }
}
