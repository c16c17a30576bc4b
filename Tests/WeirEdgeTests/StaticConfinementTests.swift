import CWeirSystem
import Foundation
import Testing
import WeirEdge

/// No path leads out of the root, and with links refused no link does.
@Suite struct StaticConfinementTests {
    private let site: StaticFixture

    init() throws {
        site = try StaticFixture()
        try site.write("outside/secret.txt", "secret")
        try site.write("root/in/a.txt", "a")
        try site.link("root/inner.txt", to: "in/a.txt")
        try site.link("root/outer.txt", to: site.path("outside/secret.txt"))
        try site.link("root/outer", to: "../outside")
        try site.link("root/loop", to: "loop")
    }

    @Test func linksAreFollowedByDefault() throws {
        let root = site.root()
        #expect(site.get("/inner.txt", root) == "a")
        #expect(site.get("/outer.txt", root) == "secret")
        #expect(site.get("/outer/secret.txt", root) == "secret")
        #expect(site.get("/outer", root) == "redirect")
        #expect(site.get("/loop", root) == "forbidden")
    }

    @Test func noLinkIsFollowedWhenLinksAreOff() throws {
        let root = site.root { $0.followSymlinks = false }
        #expect(site.get("/in/a.txt", root) == "a")
        for path in ["/inner.txt", "/outer.txt", "/outer/secret.txt", "/outer", "/outer/", "/loop"] {
            #expect(site.get(path, root) == "forbidden", "\(path)")
        }
        site.pass()
        #expect(site.get("/in/a.txt", root) == "a")
        #expect(site.cache.statistics.revalidations == 1)
    }

    @Test func aDirectoryThatBecomesALinkIsNoticed() throws {
        let root = site.root { $0.followSymlinks = false }
        try site.write("root/dir/secret.txt", "public")
        #expect(site.get("/dir/secret.txt", root) == "public")
        try site.remove("root/dir")
        try site.link("root/dir", to: "../outside")
        site.pass()
        #expect(site.get("/dir/secret.txt", root) == "forbidden")
    }

    @Test(arguments: [true, false])
    func noPathClimbs(_ followSymlinks: Bool) throws {
        let root = site.root {
            $0.followSymlinks = followSymlinks; $0.dotFiles = true
        }
        #expect(site.get("/../outside/secret.txt", root) == "forbidden")
        #expect(site.get("/in/../../outside/secret.txt", root) == "forbidden")
        #expect(site.get("/..", root) == "forbidden")
        // An absolute path would leave the root without climbing.
        #expect(site.get("/" + site.path("outside/secret.txt"), root) == "missing")
        #expect(site.get("//" + site.path("outside/secret.txt"), root) == "missing")
        #expect(site.get("//in/a.txt", root) == "a")
        #expect(site.get("/in/a.txt\0.png", root) == "missing")
    }

    @Test func anIndexCannotClimbEither() throws {
        #expect(site.get("/", site.root { $0.index = ["../outside/secret.txt"] }) == "forbidden")
    }

    @Test func dotFilesAreDenied() throws {
        try site.write("root/.env", "password")
        try site.write("root/.git/config", "url")
        try site.write("root/.well-known/acme-challenge/token", "token")
        let root = site.root()
        #expect(site.get("/.env", root) == "forbidden")
        #expect(site.get("/.git/config", root) == "forbidden")
        #expect(site.get("/.git/", root) == "forbidden")
        #expect(site.get("/.nothing", root) == "forbidden")
        #expect(site.get("/.well-known/acme-challenge/token", root) == "token")
        #expect(site.get("/.env", site.root { $0.dotFiles = true }) == "password")
    }

    @Test func onlyRegularFilesAreServed() throws {
        // Opening a pipe without care would wait for its writer, for ever.
        mkfifo(site.path("root/pipe"), 0o600)
        try site.link("root/null", to: "/dev/null")
        let root = site.root()
        #expect(site.get("/pipe", root) == "forbidden")
        #expect(site.get("/null", root) == "forbidden")
    }

    @Test func thePathIsWalkedWhereTheKernelLacksOpenat2() throws {
        let rules = CInt(WEIR_WITHOUT_OPENAT2)
        let root = open(site.path("root"), O_DIRECTORY | O_CLOEXEC)
        defer { close(root) }
        func result(_ path: String, _ rules: CInt, _ flags: CInt = O_RDONLY) -> CInt {
            let descriptor = weir_open_beneath(root, path, flags | O_NONBLOCK | O_CLOEXEC, rules)
            if descriptor >= 0 { close(descriptor) }
            return min(descriptor, 0)
        }
        for flags in [O_RDONLY, weir_path_only] {
            #expect(result("in/a.txt", rules, flags) == 0)
            #expect(result("in//a.txt", rules, flags) == 0)
            #expect(result("in", rules, flags) == 0)
            #expect(result("in/", rules, flags) == 0)
            #expect(result(".", rules, flags) == 0)
            #expect(result("in/none", rules, flags) == -ENOENT)
            #expect(result("in/a.txt/", rules, flags) == -ENOTDIR)
            #expect(result("in/a.txt/b", rules, flags) == -ENOTDIR)
            #expect(result("inner.txt", rules, flags) == -ELOOP)
            #expect(result("outer", rules, flags) == -ELOOP)
            #expect(result("outer/secret.txt", rules, flags) == -ENOTDIR)
            #expect(result("outer/", rules, flags) == -ENOTDIR)
            #expect(result("../outside/secret.txt", rules, flags) == -EXDEV)
            #expect(result("in/../in/a.txt", rules, flags) == -EXDEV)
            #expect(result(String(repeating: "n", count: 300), rules, flags) == -ENAMETOOLONG)
        }
        #expect(result("outer/secret.txt", rules | CInt(WEIR_FOLLOW_LINKS)) == 0)
        #expect(site.openDescriptors("root/in") == 0)
    }
}
