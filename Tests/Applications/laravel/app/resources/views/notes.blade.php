@extends('layout')
@section('title', 'Notes')
@section('body')
    @forelse ($notes as $note)
        <li>{{ $note }}</li>
    @empty
        <p>no notes</p>
    @endforelse
    @foreach ($errors->all() as $error)
        <p class="error">{{ $error }}</p>
    @endforeach
    <form method="post" action="/notes">
        @csrf
        <input name="title" value="{{ old('title') }}">
        <input name="email" value="{{ old('email') }}">
        <button>Keep</button>
    </form>
@endsection
