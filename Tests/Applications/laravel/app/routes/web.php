<?php

use App\Http\Controllers\FileController;
use App\Http\Controllers\NoteController;
use App\Http\Controllers\PageController;
use App\Http\Controllers\StateController;
use Illuminate\Support\Facades\Route;

// scenario.py visits every one of these.
Route::get('/', [PageController::class, 'home'])->name('home');
Route::get('/posts/{year}/{slug}', [PageController::class, 'post'])->where('year', '[0-9]{4}')->name('post');
Route::get('/old-home', [PageController::class, 'oldHome']);
Route::get('/broken', [PageController::class, 'broken']);
Route::get('/forbidden', [PageController::class, 'forbidden']);

Route::get('/notes', [NoteController::class, 'index'])->name('notes');
Route::post('/notes', [NoteController::class, 'store']);
Route::delete('/notes', [NoteController::class, 'clear']);

Route::get('/state', [StateController::class, 'show']);
Route::get('/spoil', [StateController::class, 'spoil']);
Route::get('/whoami', [StateController::class, 'who']);

Route::get('/upload', [FileController::class, 'form']);
Route::post('/upload', [FileController::class, 'store']);
Route::get('/files/{name}', [FileController::class, 'show'])->name('file');
