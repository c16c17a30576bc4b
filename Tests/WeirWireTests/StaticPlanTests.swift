import Testing

@testable import WeirWire

/// RFC 9110, chapters 13 and 12.5.3.
@Suite struct StaticPlanTests {
    private static let modified = 784_111_777
    private static let tag = "\"2ebc98a1-3e8\""

    private struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var fields: StaticFields
        var status: StaticPlan.Status

        init(_ name: String, _ fields: StaticFields, _ status: StaticPlan.Status) {
            self.name = name
            self.fields = fields
            self.status = status
        }

        var testDescription: String { name }
    }

    private static let facts = StaticFacts(
        lastModified: modified, identity: .init(size: 1_000, entityTag: Array(tag.utf8)))

    private static let cases: [Case] = [
        Case("nothing asked", .init(), .ok),
        Case("HEAD", .init(method: .head), .ok),
        Case("POST", .init(method: .other), .methodNotAllowed),
        Case("POST is refused before it is compared", .init(method: .other, ifNoneMatch: tag), .methodNotAllowed),

        Case("If-None-Match, the same", .init(ifNoneMatch: tag), .notModified),
        Case("If-None-Match, weakened by a proxy", .init(ifNoneMatch: "W/" + tag), .notModified),
        Case("If-None-Match, in a list", .init(ifNoneMatch: "\"a\", W/\"b,c\" ,,\t" + tag), .notModified),
        Case("If-None-Match, any", .init(ifNoneMatch: " * "), .notModified),
        Case("If-None-Match, another", .init(ifNoneMatch: "\"other\""), .ok),
        Case("If-None-Match, without quotes", .init(ifNoneMatch: "2ebc98a1-3e8"), .ok),
        Case("If-None-Match, empty", .init(ifNoneMatch: ""), .ok),
        Case("If-None-Match, unclosed", .init(ifNoneMatch: "\"2ebc98a1-3e8"), .ok),
        Case("If-None-Match, no comma", .init(ifNoneMatch: "\"a\" " + tag), .ok),
        Case("If-None-Match, lower-case weakness", .init(ifNoneMatch: "w/" + tag), .ok),
        Case("If-None-Match on HEAD", .init(method: .head, ifNoneMatch: tag), .notModified),

        Case("If-Modified-Since, the same date", .init(ifModifiedSince: modified), .notModified),
        Case("If-Modified-Since, later", .init(ifModifiedSince: modified + 1), .notModified),
        Case("If-Modified-Since, earlier", .init(ifModifiedSince: modified - 1), .ok),
        Case(
            "If-None-Match overrules If-Modified-Since, changed",
            .init(ifNoneMatch: "\"other\"", ifModifiedSince: modified), .ok),
        Case(
            "If-None-Match overrules If-Modified-Since, the same",
            .init(ifNoneMatch: tag, ifModifiedSince: modified - 9), .notModified),

        Case("If-Match, the same", .init(ifMatch: tag), .ok),
        Case("If-Match, any", .init(ifMatch: "*"), .ok),
        Case("If-Match, another", .init(ifMatch: "\"other\""), .preconditionFailed),
        Case("If-Match compares strongly", .init(ifMatch: "W/" + tag), .preconditionFailed),
        Case("If-Match, weak then strong", .init(ifMatch: "W/\(tag), \(tag)"), .ok),
        Case("If-Unmodified-Since, the same date", .init(ifUnmodifiedSince: modified), .ok),
        Case("If-Unmodified-Since, earlier", .init(ifUnmodifiedSince: modified - 1), .preconditionFailed),
        Case(
            "If-Match overrules If-Unmodified-Since", .init(ifMatch: tag, ifUnmodifiedSince: modified - 1), .ok),
        Case("If-Match comes first", .init(ifMatch: "\"other\"", ifNoneMatch: tag), .preconditionFailed),
        Case("If-None-Match after If-Match", .init(ifMatch: tag, ifNoneMatch: tag), .notModified),
        Case(
            "If-Modified-Since after If-Unmodified-Since",
            .init(ifModifiedSince: modified, ifUnmodifiedSince: modified), .notModified),

        Case("conditions come before ranges", .init(ifNoneMatch: tag, range: "bytes=0-1"), .notModified),
        Case("a range beyond the end, not modified", .init(ifNoneMatch: tag, range: "bytes=5000-"), .notModified),
        Case("If-Range without Range", .init(ifRange: "\"other\""), .ok),
        Case("If-Range, the same tag", .init(ifRange: tag, range: "bytes=0-1"), .partialContent),
        Case("If-Range, another tag", .init(ifRange: "\"other\"", range: "bytes=0-1"), .ok),
        Case("If-Range compares strongly", .init(ifRange: "W/" + tag, range: "bytes=0-1"), .ok),
        Case("If-Range takes one tag", .init(ifRange: tag + ", " + tag, range: "bytes=0-1"), .ok),
        Case("If-Range fails, so a bad range is no error", .init(ifRange: "\"other\"", range: "bytes=5000-"), .ok),
        Case(
            "If-Range, the same date", .init(ifRange: "date", ifRangeDate: modified, range: "bytes=0-1"),
            .partialContent),
        Case(
            "If-Range takes no later date", .init(ifRange: "date", ifRangeDate: modified + 1, range: "bytes=0-1"), .ok),
        Case(
            "If-Range, a date of this very second",
            .init(ifRange: "date", ifRangeDate: modified, range: "bytes=0-1", now: modified), .ok),
        Case("Range on HEAD", .init(method: .head, range: "bytes=0-1"), .ok),
    ]

    @Test(arguments: cases)
    private func preconditionsDecideInTheOrderOfTheStandard(_ item: Case) {
        #expect(item.fields.plan(Self.facts).status == item.status)
    }

    @Test func headDescribesWhatGetWouldSend() {
        let plan = StaticFields(method: .head).plan(Self.facts)
        #expect(plan.content == .whole)
        #expect(!plan.sendsBody)
        #expect(StaticFields().plan(Self.facts).sendsBody)
    }

    @Test(arguments: [
        ("", StaticCoding.identity), ("br", .brotli), ("gzip", .gzip), ("gzip, br", .brotli), ("x-gzip", .gzip),
        ("GZIP", .gzip), ("gzip;q=0", .identity), ("br;q=0, gzip", .gzip), ("br;q=0.5, gzip;q=0.9", .gzip),
        ("*", .brotli),
        ("*;q=0", .identity), ("br;q=0, *", .gzip), ("identity, gzip;q=0.5", .identity),
        ("identity;q=0.5, gzip", .gzip),
        ("gzip ; q=0.001", .gzip), ("deflate, zstd", .identity), ("gzip;q=x", .identity), ("gzip;q=0.000", .identity),
        ("gzip;level=9", .identity), (",, gzip ,", .gzip), ("bra", .identity), ("/gzip", .identity),
    ])
    func theClientsWeightsChooseTheSibling(_ field: String, _ coding: StaticCoding) {
        var facts = Self.facts
        facts.brotli = .init(size: 100, entityTag: Array("\"x-br\"".utf8))
        facts.gzip = .init(size: 200, entityTag: Array("\"x-gz\"".utf8))
        #expect(StaticFields(acceptEncoding: field).plan(facts).coding == coding)
    }

    @Test func aSiblingThatDoesNotExistIsNotChosen() {
        var facts = Self.facts
        #expect(StaticFields(acceptEncoding: "br, gzip").plan(facts).coding == .identity)
        facts.gzip = .init(size: 200, entityTag: Array("\"x-gz\"".utf8))
        #expect(StaticFields(acceptEncoding: "br, gzip").plan(facts).coding == .gzip)
    }

    @Test func conditionsAndRangesAreAboutTheChosenSibling() {
        var facts = Self.facts
        facts.gzip = .init(size: 200, entityTag: Array("\"x-gz\"".utf8))
        #expect(StaticFields(ifNoneMatch: Self.tag, acceptEncoding: "gzip").plan(facts).status == .ok)
        #expect(StaticFields(ifNoneMatch: "\"x-gz\"", acceptEncoding: "gzip").plan(facts).status == .notModified)
        let tail = StaticFields(range: "bytes=-50", acceptEncoding: "gzip").plan(facts)
        #expect(tail.content == .range(150..<200))
    }
}
