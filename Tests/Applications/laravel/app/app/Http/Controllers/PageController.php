<?php

namespace App\Http\Controllers;

use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Controller;

final class PageController extends Controller
{
    /** Counts the visits, so that the page needs the session to be right. */
    public function home(Request $request): View
    {
        $visits = $request->hasSession() ? $request->session()->increment('visits') : 0;
        return view('home', ['visits' => $visits, 'fish' => ['pike', 'trout', 'eel', 'bream <big>']]);
    }

    public function post(string $year, string $slug): View
    {
        return view('post', compact('year', 'slug'));
    }

    public function oldHome(): RedirectResponse
    {
        return redirect()->route('home', [], 301);
    }

    public function broken(): never
    {
        throw new \LogicException('Broken on purpose: the visitor must not read this sentence.');
    }

    public function forbidden(): never
    {
        abort(403, 'Not for visitors.');
    }
}
