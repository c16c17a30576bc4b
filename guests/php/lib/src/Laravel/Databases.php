<?php

declare(strict_types=1);

namespace Weir\Laravel;

use Illuminate\Database\Connection;
use Illuminate\Foundation\Application as Laravel;

/** Connections stay open for the next request. What the last one did on them does not. */
final class Databases
{
    /** Methods of some versions. */
    private const FORGETTING = [
        'allowQueryDurationHandlersToRunAgain', 'forgetRecordModificationState', 'resetTotalQueryDuration',
    ];

    public function reset(Laravel $laravel): void
    {
        if (!$laravel->resolved('db')) {
            return;
        }
        foreach ($laravel->make('db')->getConnections() as $name => $connection) {
            try {
                self::endTransactions((string) $name, $connection);
            } catch (\Throwable $trouble) {
                // Lost, or in a state nobody knows: the next request connects anew.
                $message = 'A database connection is given up: ' . $trouble->getMessage();
                \weir_log('warning', $message, ['connection' => $name]);
                $connection->disconnect();
            }
            self::forgetQueries($connection);
        }
    }

    private static function endTransactions(string $name, Connection $connection): void
    {
        $level = $connection->transactionLevel();
        if ($level > 0) {
            $connection->rollBack(0);
        }
        // Begun without Laravel's knowledge. A connection that was not used has a closure in the place of its PDO.
        $pdo = $connection->getRawPdo();
        $hidden = $pdo instanceof \PDO && $pdo->inTransaction();
        if ($hidden) {
            $pdo->rollBack();
        }
        if ($level > 0 || $hidden) {
            $message = 'A request left a database transaction open. It is rolled back';
            \weir_log('warning', $message, ['connection' => $name, 'level' => max($level, 1)]);
        }
    }

    private static function forgetQueries(Connection $connection): void
    {
        $connection->disableQueryLog();
        $connection->flushQueryLog();
        foreach (self::FORGETTING as $method) {
            if (method_exists($connection, $method)) {
                $connection->$method();
            }
        }
    }
}
