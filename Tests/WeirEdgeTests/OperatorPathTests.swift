import Testing

@testable import WeirEdge

@Suite struct OperatorPathTests {
    @Test(arguments: [
        ("/health", "/health", true), ("/health", "/healthy", false), ("/health", "/", false),
        ("/apps/*/recycle", "/apps/shop/recycle", true), ("/apps/*/recycle", "/apps//recycle", false),
        ("/apps/*/recycle", "/apps/a/b/recycle", false), ("/apps/*/recycle", "/apps/shop/recycle/", false),
        ("/apps/*/recycle", "/apps/shop", false), ("/workers/*/*/recycle", "/workers/shop/17/recycle", true),
        ("/workers/*/*/recycle", "/workers/shop/recycle", false), ("/a/*", "/a/b", true), ("/a/*", "/a/", false),
    ])
    func aStarIsOneWholeSegment(pattern: String, path: String, matches: Bool) {
        #expect(OperatorPath(pattern).matches(Array(path.utf8)) == matches)
    }
}
