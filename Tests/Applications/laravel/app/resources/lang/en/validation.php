<?php

return [
    'required' => 'Please fill in :attribute.',
    'string' => ':attribute has to be text.',
    'email' => 'That is no e-mail address.',
    'max' => ['string' => ':attribute has more than :max characters.', 'file' => ':attribute is over :max kilobytes.'],
    'image' => ':attribute has to be a picture.',
    'dimensions' => ':attribute is too small.',
    'array' => ':attribute has to be a list.',
    'numeric' => ':attribute has to be a number.',
    'uploaded' => ':attribute did not arrive.',
];
