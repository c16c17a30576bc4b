<?php

use App\Http\Controllers\ApiController;
use App\Http\Controllers\PageController;
use Illuminate\Support\Facades\Route;

Route::get('/status', [ApiController::class, 'status']);
// The home page for those who are not to get a session, and a file for it.
Route::get('/home', [PageController::class, 'home']);
Route::post('/sum', [ApiController::class, 'sum']);
