import Testing

@testable import WeirAudit

@Suite struct AnswerComparisonTests {
    private func page(_ body: String, _ fields: [PageAnswer.Field] = [], status: Int = 200) -> PageAnswer {
        PageAnswer(status: status, fields: fields, body: body)
    }

    @Test func theWorkedRow() {
        let comparison = AnswerComparison(
            fresh: page("Hello guest|12:00:01"), page("Hello guest|12:00:02"), old: page("Hello alice|12:00:09"))
        #expect(comparison.missing == ["Hello guest"])
        #expect(comparison.surplus == ["Hello alice", "12:00:09"])
    }

    @Test func whatChangesByItselfIsNoDifference() {
        let fresh = (page("<p>now 12:00:01</p>"), page("<p>now 12:00:02</p>"))
        #expect(AnswerComparison(fresh: fresh.0, fresh.1, old: page("<p>now 12:00:09</p>")).isEmpty)
        #expect(!AnswerComparison(fresh: fresh.0, fresh.1, old: page("<p>now 12:00:09</p><p>alice</p>")).isEmpty)
    }

    @Test func whatIsSaidTwiceIsMissedWhenItIsSaidOnce() {
        let fresh = page("one\none\ntwo")
        #expect(AnswerComparison(fresh: fresh, fresh, old: page("one\ntwo")).missing == ["one"])
    }

    @Test func statusAndFieldsCount() {
        let fresh = page("x", [PageAnswer.Field("Content-Language", "en")])
        let other = page("x", [PageAnswer.Field("Content-Language", "de")], status: 500)
        let comparison = AnswerComparison(fresh: fresh, fresh, old: other)
        #expect(comparison.missing == ["status 200", "content-language: en"])
        #expect(comparison.surplus == ["status 500", "content-language: de"])
    }

    @Test func whatLooksLikeASecretIsCut() {
        let fresh = page("one")
        let old = page("one|token=pLwsSX3re8wuOnH0TMT3vHO9vhZ687zxRyc0Lnzc|internationalization_of_the_site")
        #expect(
            AnswerComparison(fresh: fresh, fresh, old: old).surplus == [
                "tok… (46 characters)", "internationalization_of_the_site",
            ])
    }

    @Test func cookiesCountByTheirNames() {
        func setting(_ cookie: String) -> PageAnswer { page("x", [PageAnswer.Field("Set-Cookie", cookie)]) }
        #expect(AnswerComparison(fresh: setting("id=1"), setting("id=2"), old: setting("id=3")).isEmpty)
        #expect(!AnswerComparison(fresh: setting("id=1"), setting("id=2"), old: page("x")).isEmpty)
    }

    @Test(arguments: ["Date", "ETag", "X-Request-Id"]) func fieldsThatAlwaysDifferAreIgnored(name: String) {
        let fresh = page("x", [PageAnswer.Field(name, "1")])
        #expect(AnswerComparison(fresh: fresh, fresh, old: page("x", [PageAnswer.Field(name, "2")])).isEmpty)
    }
}
