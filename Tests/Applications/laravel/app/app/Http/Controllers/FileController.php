<?php

namespace App\Http\Controllers;

use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Controller;
use Symfony\Component\HttpFoundation\StreamedResponse;

final class FileController extends Controller
{
    public function form(): View
    {
        return view('upload');
    }

    public function store(Request $request): RedirectResponse
    {
        $request->validate(['picture' => ['required', 'image', 'dimensions:min_width=10,min_height=10', 'max:4096']]);
        $name = basename($request->file('picture')->store('uploads'));
        return redirect()->route('file', ['name' => $name]);
    }

    public function show(string $name): StreamedResponse
    {
        $disk = app('filesystem')->disk();
        abort_unless($disk->exists("uploads/$name"), 404);
        return $disk->response("uploads/$name");
    }
}
