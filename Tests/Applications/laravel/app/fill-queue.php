<?php

// Puts so many jobs into a queue, the database's with its table or Redis's: php fill-queue.php 1000 database|redis

use App\Jobs\AppendNumber;
use Illuminate\Contracts\Console\Kernel;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Queue;
use Illuminate\Support\Facades\Schema;

require __DIR__ . '/vendor/autoload.php';

$app = require __DIR__ . '/bootstrap/app.php';
$app->make(Kernel::class)->bootstrap();

[, $jobs, $connection] = $argv;
if ($connection === 'database') {
    touch(config('database.connections.queue.database'));
    Schema::connection('queue')->create('jobs', static function (Blueprint $table): void {
        $table->bigIncrements('id');
        $table->string('queue')->index();
        $table->longText('payload');
        $table->unsignedTinyInteger('attempts');
        $table->unsignedInteger('reserved_at')->nullable();
        $table->unsignedInteger('available_at');
        $table->unsignedInteger('created_at');
    });
}
Queue::connection($connection)->bulk(array_map(static fn (int $n) => new AppendNumber($n), range(1, (int) $jobs)));
