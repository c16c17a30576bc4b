<?php

namespace Audited;

final class Events
{
    /** @var array<mixed> */
    public static array $listeners = [];
    public static ?string $last = null;
    public static ?Events $instance = null;
}

#[\AllowDynamicProperties]
final class Registry
{
    public static Registry $instance;

    public array $items = [];
    public array $files = [];
    public array $ring = [];
    public array $between = [];
    public ?User $user = null;
    public ?Plain $plain = null;
    public ?Registry $next = null;
    public ?\PDO $database = null;
    public ?Trap $trap = null;
    public mixed $incomplete = null;
    private ?string $hidden = null;
    protected string $password = '';

    public function __construct(
        public readonly \SplObjectStorage $storage = new \SplObjectStorage(),
        public readonly \ArrayObject $arrayObject = new \ArrayObject(),
        public readonly \stdClass $bag = new \stdClass(),
    ) {
    }

    public function __set(string $name, mixed $value): void { $this->$name = $value; }
}

final class User
{
    public function __construct(public string $name)
    {
    }
}

class Plain
{
    public ?Plain $self = null;
    public int $one = 1;

    public function remember(): void
    {
        static $remembered = [];
        $remembered[] = 1;
    }
}

trait Counting
{
    public static int $counted = 0;
}

final class UsesCounting
{
    use Counting;
}

class Base
{
    /** @var array<int> */
    public static array $shared = [];
    public static string $own = 'base';
}

final class Child extends Base
{
    public static string $own = 'child';
}

/// Fails whoever calls code of the application.
final class Trap
{
    public int $value = 1;

    public function __toString(): string { throw new \LogicException('__toString was called'); }

    public function __get(string $name): mixed { throw new \LogicException('__get was called'); }

    public function __serialize(): array { throw new \LogicException('__serialize was called'); }

    public function __debugInfo(): array { throw new \LogicException('__debugInfo was called'); }
}

final class Late
{
    public ?Late $self = null;

    public function __construct(private string $what)
    {
    }

    public function __destruct()
    {
        match ($this->what) {
            'ini' => ini_set('precision', '7'),
            'timezone' => date_default_timezone_set('Asia/Tokyo'),
            'environment' => putenv('LATE=yes'),
            'directory' => chdir('/'),
            'output' => ob_start(),
            'umask' => umask(0),
            'error' => set_error_handler(static fn () => false),
            'libxml' => libxml_use_internal_errors(true),
            'multibyte' => mb_internal_encoding('ISO-8859-1'),
            'session' => $_SESSION = ['user' => 'ann'],
            'password' => putenv('DB_PASSWORD=hunter2'),
            'locale' => setlocale(LC_ALL, 'C.UTF-8', 'C.utf8'),
        };
    }
}
