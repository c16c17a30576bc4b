<!DOCTYPE html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="csrf-token" content="{{ csrf_token() }}">
    <title>@yield('title')</title>
</head>
<body>
<h1>@yield('title')</h1>
@if (session('status'))
    <p class="status">{{ session('status') }}</p>
@endif
@yield('body')
</body>
</html>
