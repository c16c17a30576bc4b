<?php

namespace App;

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Bundle\TwigBundle\TwigBundle;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/** Configured in PHP: neither annotations nor YAML are needed, and there are no further packages to have. */
final class Kernel extends BaseKernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        return [new FrameworkBundle(), new TwigBundle()];
    }

    public function getProjectDir(): string
    {
        return dirname(__DIR__);
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', [
            'secret' => 'a test application has no secrets',
            'http_method_override' => false,
            'csrf_protection' => true,
            'session' => [
                'handler_id' => null,
                'storage_factory_id' => 'session.storage.factory.native',
                'save_path' => '%kernel.project_dir%/var/sessions',
                'cookie_samesite' => 'lax',
                'cookie_secure' => 'auto',
            ],
            'php_errors' => ['log' => true],
            'assets' => null,
        ]);
        if ($this->debug) {
            // What the toolbar shows: in worker mode it must be of one request.
            $container->extension('framework', ['profiler' => ['collect' => true]]);
        }
        $container->extension('twig', ['default_path' => '%kernel.project_dir%/templates', 'strict_variables' => true]);
        $container->services()
            ->defaults()->autowire()->autoconfigure()->bind('$uploads', '%kernel.project_dir%/var/uploads')
            ->load('App\\Service\\', __DIR__ . '/Service/')
            ->load('App\\Controller\\', __DIR__ . '/Controller/')->tag('controller.service_arguments');
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->import($this->getProjectDir() . '/config/routes.php');
    }
}
