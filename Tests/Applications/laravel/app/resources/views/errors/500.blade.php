<!DOCTYPE html>
<title>Broken</title>
<p>Our own 500 page.</p>
