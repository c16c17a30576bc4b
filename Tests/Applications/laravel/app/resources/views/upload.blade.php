@extends('layout')
@section('title', 'Upload')
@section('body')
    @error('picture')<p class="error">{{ $message }}</p>@enderror
    <form method="post" action="/upload" enctype="multipart/form-data">
        @csrf
        <input type="file" name="picture"> <button>Send</button>
    </form>
@endsection
