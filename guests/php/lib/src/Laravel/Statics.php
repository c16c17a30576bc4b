<?php

declare(strict_types=1);

namespace Weir\Laravel;

/** Static properties of the framework that a request may change. */
final class Statics
{
    /** @var array<class-string, list<string>> */
    public const RESTORED = [
        \Illuminate\Database\Eloquent\Model::class => [
            'resolver', 'dispatcher', 'unguarded', 'ignoreOnTouch', 'isBroadcasting', 'modelsShouldPreventLazyLoading',
            'lazyLoadingViolationCallback', 'modelsShouldPreventSilentlyDiscardingAttributes',
            'modelsShouldPreventAccessingMissingAttributes', 'encrypter',
        ],
        \Illuminate\Database\Eloquent\Relations\Relation::class => ['constraints', 'morphMap', 'requireMorphMap'],
        \Illuminate\Http\Resources\Json\JsonResource::class => ['wrap'],
        \Illuminate\Pagination\AbstractCursorPaginator::class => [],
        \Illuminate\Pagination\AbstractPaginator::class => [],
        \Illuminate\Queue\Queue::class => ['createPayloadCallbacks'],
        \Illuminate\Support\Number::class => [],
        \Illuminate\Support\Once::class => [],
        \Illuminate\Support\Str::class => [],
        \Illuminate\View\Component::class => [],
        \Symfony\Component\HttpFoundation\Request::class => [
            'trustedProxies', 'trustedHostPatterns', 'trustedHosts', 'trustedHeaderSet', 'httpMethodParameterOverride',
        ],
    ];
}
