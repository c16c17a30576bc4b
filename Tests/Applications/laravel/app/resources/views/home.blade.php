@extends('layout')
@section('title', 'Fish')
@section('body')
    <p>Visit {{ $visits }}</p>
    <ul>
        @foreach ($fish as $one)
            <li>{{ $loop->iteration }}. {{ Str::ucfirst($one) }}</li>
        @endforeach
    </ul>
    <a href="{{ route('post', ['year' => 2023, 'slug' => 'low-water']) }}">Low water</a>
@endsection
