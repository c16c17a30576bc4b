import Testing

@testable import WeirConfig

@Suite struct ApplicationDirectoryTests {
    @Test(arguments: [
        // Published within their own directory.
        (["composer.json", "public/index.php"], "/srv/app/public", "/srv/app"),
        (["vendor/autoload.php", "html/index.php"], "/srv/app/html", "/srv/app"),
        // Published as a whole.
        (["index.php", "vendor/autoload.php"], "/srv/app", "/srv/app"),
        (["html/index.php", "html/composer.json", "composer.json"], "/srv/app/html", "/srv/app/html"),
        // By their names alone.
        (["public/index.php"], "/srv/app/public", "/srv/app"),
        (["html/index.php"], "/srv/app/html", "/srv/app/html"),
        (["index.php"], "/srv/app", "/srv/app"),
    ])
    func itIsWhereTheApplicationsOwnFilesAre(files: [String], root: String, directory: String) {
        #expect(ApplicationDirectory.of(root: root, .listed(files, in: "/srv/app")) == directory)
    }
}
