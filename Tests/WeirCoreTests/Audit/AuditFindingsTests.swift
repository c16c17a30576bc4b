import Testing

@testable import WeirCore

@Suite struct AuditFindingsTests {
    private let subject = AuditFindings.Subject(kind: "static", name: "A::$b", place: "/a.php:1")

    @Test func eachThingIsToldAtTheFirstRequestTheTenthTheHundredth() {
        var findings = AuditFindings()
        var told: [Int] = []
        for request in 1...512 {
            let finding = findings.add(subject, before: "\(request)", after: "\(request + 1)", path: "/\(request)")
            if let finding { told.append(finding.requests) }
        }
        #expect(told == [1, 10, 100])
        #expect(
            findings.list == [
                .init(subject: subject, before: "1", after: "513", requests: 512, firstPath: "/1")
            ])
    }

    @Test func onePlaceIsNotAnother() {
        var findings = AuditFindings()
        var other = subject
        other.place = "/b.php:1"
        #expect(findings.add(subject, before: "", after: "", path: "") != nil)
        #expect(findings.add(other, before: "", after: "", path: "") != nil)
        #expect(findings.list.count == 2)
    }

    @Test func thereIsAnEndToThem() {
        var findings = AuditFindings()
        for number in 0..<AuditFindings.max + 10 {
            let subject = AuditFindings.Subject(kind: "global", name: "\(number)", place: "")
            _ = findings.add(subject, before: "", after: "", path: "")
        }
        #expect(findings.list.count == AuditFindings.max && findings.isFull)
        #expect(findings.add(findings.list[3].subject, before: "", after: "x", path: "") == nil)
        #expect(findings.list[3].requests == 2 && findings.list[3].after == "x")
    }
}
