import Testing
import WeirWire

@Suite struct QueryTextTests {
    @Test(arguments: [
        ("", []), ("full", ["full="]), ("a=1&b=2", ["a=1", "b=2"]), ("a=1&&b", ["a=1", "b="]),
        ("app=my%20shop", ["app=my shop"]), ("app=my+shop", ["app=my shop"]), ("a=%2", ["a=%2"]),
        ("a=%zz&b=100%", ["a=%zz", "b=100%"]), ("a=b=c", ["a=b=c"]), ("%61%3d=%c3%a9", ["a==é"]), ("=x", ["=x"]),
        ("a=%ff", ["a=\u{FFFD}"]),
    ])
    func pairsAreUnescapedInTheirOrder(query: String, expected: [String]) {
        #expect(QueryText.pairs(of: Array(query.utf8)).map { "\($0.name)=\($0.value)" } == expected)
    }
}
