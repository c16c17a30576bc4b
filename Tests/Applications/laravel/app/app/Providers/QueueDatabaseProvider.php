<?php

namespace App\Providers;

use Illuminate\Database\Connection;
use Illuminate\Database\SQLiteConnection;
use Illuminate\Support\ServiceProvider;

/**
 * SQLite takes a transaction's write lock with its first write. Two workers that have both read the queue by then cannot
 * both go on, and the one that is refused would run its job again. So the lock is taken at the beginning.
 */
final class QueueDatabaseProvider extends ServiceProvider
{
    public function register(): void
    {
        Connection::resolverFor('sqlite', static fn (...$arguments) => new class (...$arguments) extends SQLiteConnection {
            protected function createTransaction(): void
            {
                parent::createTransaction();
                if ($this->transactions === 0 && $this->getName() === 'queue') {
                    $this->getPdo()->exec('DELETE FROM jobs WHERE 0');
                }
            }
        });
    }
}
