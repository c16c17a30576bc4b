<?php

namespace App\Http\Controllers;

use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Controller;

final class ApiController extends Controller
{
    public function status(Request $request): JsonResponse
    {
        return response()->json(['ok' => true, 'secure' => $request->secure(), 'url' => $request->fullUrl()])
            ->header('X-App', 'laravel');
    }

    public function sum(Request $request): JsonResponse
    {
        $numbers = $request->validate(['numbers' => ['required', 'array'], 'numbers.*' => ['numeric']])['numbers'];
        return response()->json(['sum' => array_sum($numbers)], 201);
    }
}
