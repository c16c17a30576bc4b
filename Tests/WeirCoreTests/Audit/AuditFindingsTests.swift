import Testing

@testable import WeirCore

@Suite struct AuditFindingsTests {
    private let subject = AuditFindings.Subject(kind: "static", name: "A::$b", place: "/a.php:1")

    private func report(_ requests: Int = 1, _ severity: String = "change") -> AuditFindings.Report {
        AuditFindings.Report(before: "1", after: "\(requests)", requests: requests, severity: severity)
    }

    private let doubling = (0..<10).map { 1 << $0 }

    @Test func eachThingIsToldWhenTenTimesAsManyRequestsDidIt() {
        var findings = AuditFindings()
        let told = doubling.compactMap { findings.add(subject, report($0), path: "/\($0)")?.report.requests }
        #expect(told == [1, 16, 256])
        #expect(findings.list == [.init(subject: subject, report: report(512), firstPath: "/1")])
    }

    @Test func whatTurnsOutToBeWorseIsToldAgain() {
        var findings = AuditFindings()
        #expect(findings.add(subject, report(1, "initialisation"), path: "/") != nil)
        #expect(findings.add(subject, report(2, "change"), path: "/") != nil)
        #expect(findings.add(subject, report(4, "growth"), path: "/") != nil)
        #expect(findings.add(subject, report(8, "growth"), path: "/") == nil)
    }

    @Test func aWorkerThatHasSeenLessChangesNothing() {
        var findings = AuditFindings()
        _ = findings.add(subject, report(64, "growth"), path: "/a")
        #expect(findings.add(subject, report(1, "initialisation"), path: "/b") == nil)
        #expect(findings.list == [.init(subject: subject, report: report(64, "growth"), firstPath: "/a")])
    }

    @Test func onePlaceIsNotAnother() {
        var findings = AuditFindings()
        var other = subject
        other.place = "/b.php:1"
        #expect(findings.add(subject, report(), path: "") != nil)
        #expect(findings.add(other, report(), path: "") != nil)
        #expect(findings.list.count == 2)
    }

    @Test func thereIsAnEndToThem() {
        var findings = AuditFindings()
        for number in 0..<AuditFindings.max + 10 {
            let subject = AuditFindings.Subject(kind: "global", name: "\(number)", place: "")
            _ = findings.add(subject, report(), path: "")
        }
        #expect(findings.list.count == AuditFindings.max && findings.isFull)
        #expect(findings.add(findings.list[3].subject, report(2), path: "") == nil)
        #expect(findings.list[3].report == report(2))
    }
}
