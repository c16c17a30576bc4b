<?php

namespace Bleeding;

/** Services that the boot makes, as a framework's container has them. */
final class Services
{
    /** @var array<string, Service> */
    private static array $made = [];
    private static ?\PDO $database = null;

    public static function boot(): void
    {
        foreach (['application', 'events', 'mailer', 'proxies', 'queries', 'translator'] as $name) {
            self::$made[$name] = new Service();
        }
    }

    public static function get(string $name): Service
    {
        return self::$made[$name];
    }

    public static function database(): \PDO
    {
        if (self::$database === null) {
            self::$database = new \PDO('sqlite::memory:');
            self::$database->exec('CREATE TABLE visits (name TEXT)');
        }
        return self::$database;
    }
}
