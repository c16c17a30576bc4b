<?php

declare(strict_types=1);

namespace Guestbook;

/** Which address does what. It keeps nothing between two requests, so a worker may serve any number of them. */
final class App
{
    private const ENTRIES_A_PAGE = 6;

    private readonly Entries $entries;
    private readonly Photos $photos;
    private readonly Session $session;

    public function __construct(DataDirectory $data)
    {
        $this->entries = new Entries(Database::open($data->file('guestbook.sqlite')));
        $this->photos = new Photos($data->directory('photos'));
        $this->session = new Session($data->directory('sessions'));
    }

    public function handle(Request $request): Response
    {
        try {
            return $this->route($request);
        } catch (Refusal $refusal) {
            return $this->page('error', [
                'title' => $refusal->title,
                'message' => $refusal->getMessage(),
            ], $refusal->status);
        }
    }

    private function route(Request $request): Response
    {
        // A photo needs no session: the visitor's other requests are not made to wait for its lock.
        if (preg_match('{^/photos/([0-9a-f]{24})(/small)?$}D', $request->path, $match)) {
            return $this->photos->response($match[1], small: isset($match[2]), request: $request);
        }
        $this->session->start(secure: $request->secure);
        if ($request->method === 'POST') {
            if ($request->bodyWasTooLarge) {
                throw Refusal::tooLarge();
            }
            $this->session->requireToken($request->field('token'));
        }
        if (preg_match('{^/entries/([0-9]{1,18})(/remove)?$}D', $request->path, $match)) {
            return isset($match[2])
                ? $this->on($request, ['POST' => fn() => $this->remove((int) $match[1])])
                : $this->on($request, ['GET' => fn() => $this->entry((int) $match[1])]);
        }
        return match ($request->path) {
            '/' => $this->on($request, ['GET' => fn() => $this->book($request)]),
            '/entries' => $this->on($request, ['POST' => fn() => $this->write($request)]),
            '/sign-in' => $this->on($request, [
                'GET' => fn() => $this->page('sign-in', ['title' => 'Sign in']),
                'POST' => fn() => $this->signIn($request),
            ]),
            '/sign-out' => $this->on($request, ['POST' => fn() => $this->signOut()]),
            default => throw Refusal::notFound(),
        };
    }

    /** @param array<string, \Closure(): Response> $methods */
    private function on(Request $request, array $methods): Response
    {
        $method = $request->method === 'HEAD' ? 'GET' : $request->method;
        return ($methods[$method] ?? throw Refusal::methodNotAllowed(array_keys($methods)))();
    }

    private function book(Request $request, ?string $draft = null, ?string $problem = null): Response
    {
        $count = $this->entries->count();
        $pages = max(1, (int) ceil($count / self::ENTRIES_A_PAGE));
        $page = filter_var($request->query('page', '1'), FILTER_VALIDATE_INT);
        if ($page === false || $page < 1 || $page > $pages) {
            throw Refusal::notFound();
        }
        return $this->page('book', [
            'title' => 'The Mill by the Weir',
            'entries' => $this->entries->page($page, self::ENTRIES_A_PAGE),
            'count' => $count,
            'page' => $page,
            'pages' => $pages,
            'draft' => $draft,
            'problem' => $problem,
        ], $problem === null ? 200 : 422);
    }

    private function entry(int $id): Response
    {
        $entry = $this->entries->find($id) ?? throw Refusal::notFound();
        return $this->page('entry', ['title' => "$entry->name wrote", 'entry' => $entry]);
    }

    private function write(Request $request): Response
    {
        $guest = $this->session->guest() ?? throw Refusal::signInFirst();
        $text = Text::tidy($request->field('text'));
        $problem = match (true) {
            $text === '' => 'Write a line or two first.',
            mb_strlen($text) > Entry::TEXT_LIMIT => sprintf('Please keep it to %d characters.', Entry::TEXT_LIMIT),
            default => null,
        };
        $photo = null;
        if ($problem === null) {
            try {
                $photo = $this->photos->keep($request->upload('photo'));
            } catch (UnusablePhoto $unusable) {
                $problem = $unusable->getMessage();
            }
        }
        if ($problem !== null) {
            return $this->book($request, $text, $problem);
        }
        $this->entries->add($guest, $text, $photo);
        $this->session->flash('Thank you. Your entry is in the book.');
        return Response::redirect('/');
    }

    private function remove(int $id): Response
    {
        $entry = $this->entries->find($id) ?? throw Refusal::notFound();
        if (!$entry->isBy($this->session->guest())) {
            throw Refusal::notYours();
        }
        $this->entries->remove($entry);
        $this->photos->discard($entry->photo);
        $this->session->flash('Your entry is gone.');
        return Response::redirect('/');
    }

    private function signIn(Request $request): Response
    {
        $name = Text::tidy($request->field('name'), lines: false);
        if ($name === '' || mb_strlen($name) > Entry::NAME_LIMIT) {
            return $this->page('sign-in', [
                'title' => 'Sign in',
                'name' => $name,
                'problem' => sprintf('A name has 1 to %d characters.', Entry::NAME_LIMIT),
            ], 422);
        }
        $this->session->signIn($name);
        $this->session->flash("Welcome, $name.");
        return Response::redirect('/');
    }

    private function signOut(): Response
    {
        $this->session->signOut();
        $this->session->flash('Goodbye. Come again.');
        return Response::redirect('/');
    }

    /** @param array<string, mixed> $values */
    private function page(string $template, array $values, int $status = 200): Response
    {
        $values += ['guest' => $this->session->guest(), 'token' => $this->session->token()];
        $values += ['flash' => $this->session->takeFlash()];
        return Response::html(View::render($template, $values), $status);
    }
}
