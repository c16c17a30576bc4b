<!DOCTYPE html>
<title>Not here</title>
<p>Our own 404 page.</p>
