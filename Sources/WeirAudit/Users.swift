/// Someone the requests are replayed as.
package struct User: Equatable, Sendable {
    package var name: String
    /// Fields of each of his requests.
    package var fields: [PageAnswer.Field]

    package static let anonymous = User(name: "nobody", fields: [])

    package init(name: String, fields: [PageAnswer.Field]) {
        self.name = name
        self.fields = fields
    }

    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    /// From `NAME 'Header: value' … NAME …`: names have no colon, header fields have one.
    package static func all(from words: [String]) throws(Unreadable) -> [User] {
        var users: [User] = []
        for word in words {
            guard let colon = word.firstIndex(of: ":") else {
                guard !word.hasPrefix("/") else {
                    throw Unreadable(description: "'\(word)' is no name; paths go before --as")
                }
                guard !users.contains(where: { $0.name == word }), word != anonymous.name else {
                    throw Unreadable(description: "'\(word)' is named twice, or nobody")
                }
                users.append(User(name: word, fields: []))
                continue
            }
            guard !users.isEmpty else {
                throw Unreadable(description: "'\(word)' comes before the name of who sends it")
            }
            let name = String(word[..<colon])
            let value = String(word[word.index(after: colon)...].drop { $0 == " " })
            guard isFieldName(name), value.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
                throw Unreadable(description: "'\(name)' is no header field; expected --as NAME 'Cookie: session=…'")
            }
            users[users.count - 1].fields.append(PageAnswer.Field(name, value))
        }
        if let user = users.first(where: \.fields.isEmpty) {
            throw Unreadable(
                description: "'\(user.name)' sends nothing that says who he is: --as \(user.name) 'Cookie: …'")
        }
        guard users.count != 1 else { throw Unreadable(description: "--as is needed for two users or more") }
        return users
    }

    private static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

/// One user's data in an answer to somebody else.
package struct Leak: Equatable, Hashable, Sendable {
    package var path: String
    package var owner: String
    package var shownTo: String
    /// Shortened.
    package var token: String
    /// In order of the requests to the worker, from 1.
    package var request: Int
}

/// Knows what only one of the users is shown, and looks for it in the others' answers.
///
/// A token is a user's own when he sends it or a fresh worker shows it to him, and to nobody else on any of the paths. A
/// number has to be in two of his answers, as times and sizes differ by chance.
package struct UserComparison: Sendable {
    private var own: [String: Set<String>] = [:]

    /// `answers`: by user, every path's answers of two fresh workers.
    package init(_ answers: [(user: User, pairs: [(PageAnswer, PageAnswer)])]) {
        var seen: [String: Set<String>] = [:]
        var stable: [String: Set<String>] = [:]
        for (someone, pairs) in answers {
            let user = someone.name
            let sent = someone.fields.reduce(into: Set<String>()) { $0.formUnion(Tokens.of($1.value)) }
            seen[user, default: []].formUnion(sent)
            stable[user, default: []].formUnion(sent)
            for (first, second) in pairs {
                let (a, b) = (Tokens.of(first), Tokens.of(second))
                seen[user, default: []].formUnion(a.union(b))
                stable[user, default: []].formUnion(a.intersection(b))
            }
        }
        var shown: [String: Set<String>] = [:]
        for (user, pairs) in answers {
            for (first, second) in pairs {
                shown[user.name, default: []].formUnion(Tokens.of(first).union(Tokens.of(second)))
            }
        }
        indistinguishable = shown.keys.filter { user in
            let others = shown.filter { $0.key != user }.reduce(into: Set<String>()) { $0.formUnion($1.value) }
            return user != User.anonymous.name && shown[user]?.isSubset(of: others) == true
        }
        .sorted()
        for (user, tokens) in seen where user != User.anonymous.name {
            let others = seen.filter { $0.key != user }.reduce(into: Set<String>()) { $0.formUnion($1.value) }
            own[user] = tokens.subtracting(others)
                .filter { !Tokens.isNumber($0) || stable[user]?.contains($0) == true }
        }
    }

    /// Users who are shown nothing that others are not: of theirs nothing can be found.
    package let indistinguishable: [String]

    package func leaks(in answer: PageAnswer, to user: String, path: String, request: Int) -> [Leak] {
        let tokens = Tokens.of(answer)
        return own.sorted { $0.key < $1.key }.filter { $0.key != user }.flatMap { owner, own in
            own.intersection(tokens).sorted().map {
                Leak(path: path, owner: owner, shownTo: user, token: Tokens.shortened($0), request: request)
            }
        }
    }
}
