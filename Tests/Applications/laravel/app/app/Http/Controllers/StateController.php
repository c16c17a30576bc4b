<?php

namespace App\Http\Controllers;

use Carbon\Carbon;
use Illuminate\Auth\GenericUser;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Resources\Json\JsonResource;
use Illuminate\Pagination\Paginator;
use Illuminate\Routing\Controller;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\Config;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Event;
use Illuminate\Support\Facades\Lang;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\URL;
use Illuminate\Support\Facades\Validator;
use Illuminate\Support\Facades\View;

/** What one request changes and the next must not see. */
final class StateController extends Controller
{
    /** Kept with the controller, which a route would keep. */
    private ?string $visitor = null;

    public function show(Request $request): JsonResponse
    {
        $app = app();
        return response()->json([
            'controller' => $this->visitor,
            'bound' => $app->bound('visitor'),
            'scoped' => $app->make('cart')->items,
            'config' => Config::get('app.name'),
            'locale' => [$app->getLocale(), Lang::getLocale(), Carbon::getLocale()],
            'shared' => View::shared('visitor'),
            'views' => [count(View::getFinder()->getPaths()), View::exists('visitor::home')],
            'url' => [URL::to('/x'), URL::route('post', ['year' => 2000, 'slug' => 'a'])],
            'cookies' => count(Cookie::getQueuedCookies()),
            'listeners' => count(Event::getListeners('visited')),
            'user' => optional(Auth::user())->getAuthIdentifier(),
            'level' => DB::transactionLevel(),
            'transaction' => DB::connection()->getPdo()->inTransaction(),
            'queries' => [DB::logging(), count(DB::getQueryLog())],
            'cached' => Cache::store('array')->get('visitor'),
            'validation' => Validator::make(['a' => 'b'], ['a' => 'in:b'], [], [])->passes(),
            'unguarded' => Model::isUnguarded(),
            'wrap' => JsonResource::$wrap,
            'page' => Paginator::resolveCurrentPage(),
            'request' => $request === $app->make('request') && $request === request(),
            'terminating' => $this->terminating(),
        ]);
    }

    public function spoil(Request $request): JsonResponse
    {
        $visitor = $request->query('visitor');
        $app = app();
        $this->visitor = $visitor;
        $app->instance('visitor', $visitor);
        $app->make('cart')->items[] = $visitor;
        $app->terminating(static fn () => $visitor);
        Config::set('app.name', $visitor);
        $app->setLocale('de');
        Carbon::setLocale('de');
        View::share('visitor', $visitor);
        View::addLocation("/srv/$visitor");
        View::addNamespace('visitor', resource_path('views'));
        URL::forceRootUrl("https://$visitor.example");
        URL::defaults(['slug' => $visitor]);
        Cookie::queue('visitor', $visitor);
        Event::listen('visited', static fn () => $request);
        Log::info("spoilt by $visitor");
        Auth::setUser(new GenericUser(['id' => $visitor]));
        DB::enableQueryLog();
        DB::beginTransaction();
        DB::select('SELECT 1');
        Cache::store('array')->put('visitor', $visitor, 60);
        Validator::extend('in', static fn (): bool => false);
        Model::unguard();
        JsonResource::wrap($visitor);
        Paginator::currentPageResolver(static fn (): int => 99);
        if ($request->query('how') === 'exit') {
            exit;
        }
        abort_if($request->query('how') === 'exception', 500);
        return response()->json(['spoilt' => $visitor]);
    }

    /** For sessions.py. */
    public function who(Request $request): JsonResponse
    {
        $session = $request->session();
        if ($request->query('sign-in') !== null) {
            $session->put('name', $request->query('sign-in'));
        }
        $who = json_encode([$session->get('name'), $session->increment('count')]);
        if ($request->query('how') === 'exit') {
            $session->save();
            header("X-Who: $who");
            exit;
        }
        return response()->json([])->header('X-Who', $who);
    }

    /** How many callbacks there are to be run at the end of the request. */
    private function terminating(): int
    {
        return \Closure::bind(fn (): int => count($this->terminatingCallbacks), app(), app()::class)();
    }
}
