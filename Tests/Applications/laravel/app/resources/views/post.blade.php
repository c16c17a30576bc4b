@extends('layout')
@section('title', "$slug in $year")
