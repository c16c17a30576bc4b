import Testing

@testable import WeirAudit

@Suite struct UserComparisonTests {
    private let ann = User(name: "ann", fields: [PageAnswer.Field("Cookie", "session=ann-session-1")])
    private let ben = User(name: "ben", fields: [PageAnswer.Field("Cookie", "session=ben-session-1")])

    private func answers(_ body: String, _ second: String? = nil) -> [(PageAnswer, PageAnswer)] {
        [(PageAnswer(status: 200, body: body), PageAnswer(status: 200, body: second ?? body))]
    }

    private func comparison(ann: String, ben: String, nobody: String = "") -> UserComparison {
        UserComparison([(self.ann, answers(ann)), (self.ben, answers(ben)), (.anonymous, answers(nobody))])
    }

    private func leaks(_ comparison: UserComparison, _ body: String, to user: String) -> [Leak] {
        comparison.leaks(in: PageAnswer(status: 200, body: body), to: user, path: "/a", request: 7)
    }

    @Test func whatOnlyOneUserIsShownIsNobodyElses() {
        let comparison = comparison(ann: "Welcome ann@example.org", ben: "Welcome ben@example.org")
        #expect(
            leaks(comparison, "Welcome ann@example.org", to: "ben") == [
                Leak(path: "/a", owner: "ann", shownTo: "ben", token: "ann… (15 characters)", request: 7)
            ])
        #expect(leaks(comparison, "Welcome ann@example.org", to: "nobody").count == 1)
        #expect(leaks(comparison, "Welcome ann@example.org", to: "ann").isEmpty)
    }

    @Test func whatIsShownToOthersTooIsNobodys() {
        let comparison = comparison(ann: "Cart of everyone", ben: "nothing", nobody: "everyone")
        #expect(leaks(comparison, "everyone", to: "ben").isEmpty)
    }

    @Test func whatAUserSendsIsHis() {
        let comparison = comparison(ann: "x", ben: "x")
        #expect(leaks(comparison, "id: session=ann-session-1", to: "ben").count == 1)
    }

    @Test func aSetCookieOfAnotherIsFound() {
        let shown = PageAnswer(
            status: 200, fields: [PageAnswer.Field("Set-Cookie", "s=\("ann-secret-7"); path=/")], body: "")
        let comparison = UserComparison([(ann, [(shown, shown)]), (ben, answers(""))])
        #expect(comparison.leaks(in: shown, to: "ben", path: "/", request: 1).count == 1)
    }

    @Test func aNumberThatComesOnceIsNobodys() {
        let once = UserComparison([(ann, answers("1763751234", "1763759999")), (ben, answers(""))])
        #expect(leaks(once, "1763751234", to: "ben").isEmpty)
        let always = UserComparison([(ann, answers("4155550199")), (ben, answers(""))])
        #expect(leaks(always, "4155550199", to: "ben").count == 1)
    }

    @Test func shortWordsProveNothing() {
        #expect(leaks(comparison(ann: "alice", ben: "x"), "alice", to: "ben").isEmpty)
    }

    @Test func usersWhoAreShownTheSameAreTold() {
        #expect(comparison(ann: "the same page", ben: "the same page").indistinguishable == ["ann", "ben"])
        #expect(comparison(ann: "one's private page", ben: "another one's page").indistinguishable == [])
    }

    @Test func usersAreReadFromWords() throws {
        let users = try User.all(from: ["ann", "Cookie: a=1", "X-Tenant:7", "ben", "Authorization: Bearer b"])
        #expect(users.map(\.name) == ["ann", "ben"])
        #expect(users[0].fields == [PageAnswer.Field("Cookie", "a=1"), PageAnswer.Field("X-Tenant", "7")])
        #expect(users[1].fields == [PageAnswer.Field("Authorization", "Bearer b")])
        #expect(try User.all(from: []).isEmpty)
    }

    @Test(arguments: [
        (["Cookie: a=1"], "before the name"), (["ann", "ben"], "sends nothing"), (["ann", "Cookie: a"], "two users"),
        (["ann", "Cookie: a", "ann", "Cookie: b"], "twice"), (["ann", "Coo kie: a"], "no header field"),
        (["ann", "Cookie: a\r\nX: b"], "no header field"), (["ann", "Cookie: a", "/cart"], "no name"),
        (["nobody", "Cookie: a"], "nobody"),
    ])
    func whatIsNoUserIsRefused(words: [String], why: String) {
        let error = #expect(throws: User.Unreadable.self) { try User.all(from: words) }
        #expect(error?.description.contains(why) == true)
    }

    @Test func tokensAreCutShort() {
        #expect(Tokens.of("a <b>session=abc-123</b> short. e.g. long_enough!") == ["session=abc-123", "long_enough"])
        #expect(Tokens.shortened("abcdefghij") == "abc… (10 characters)")
    }
}
