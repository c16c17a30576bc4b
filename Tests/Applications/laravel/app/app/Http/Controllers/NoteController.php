<?php

namespace App\Http\Controllers;

use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Controller;

/** Notes of one visitor, kept in the session. */
final class NoteController extends Controller
{
    public function index(Request $request): View
    {
        return view('notes', ['notes' => $request->session()->get('notes', [])]);
    }

    public function store(Request $request): RedirectResponse
    {
        $note = $request->validate([
            'title' => ['required', 'string', 'max:20'],
            'email' => ['nullable', 'email'],
        ]);
        $request->session()->push('notes', $note['title']);
        return redirect()->route('notes')->with('status', 'The note is kept.');
    }

    public function clear(Request $request): RedirectResponse
    {
        $request->session()->forget('notes');
        return redirect()->route('notes');
    }
}
