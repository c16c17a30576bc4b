/// How a request for a file is answered: status, which form of the file, which bytes of it. Decides; reads nothing.
package struct StaticPlan: Equatable, Sendable {
    package enum Status: Int, Sendable {
        case ok = 200
        case partialContent = 206
        case notModified = 304
        case methodNotAllowed = 405
        case preconditionFailed = 412
        case rangeNotSatisfiable = 416
    }

    package enum Content: Equatable, Sendable {
        case none
        case whole
        case range(Range<Int>)
        /// At least two, apart from each other, in the order they were asked for.
        case ranges([Range<Int>])
    }

    package var status: Status
    package var coding: StaticCoding
    /// What the fields describe, which for HEAD is not what is sent.
    package var content: Content
    package var sendsBody: Bool
    /// Separates the parts of `.ranges`. The caller draws it: nothing here is random.
    package var boundary: UInt64 = 0

    private init(_ status: Status, _ coding: StaticCoding = .identity, _ content: Content = .none, sends: Bool = false)
    {
        self.status = status
        self.coding = coding
        self.content = content
        self.sendsBody = sends
    }

    package init(_ request: StaticRequest, facts: StaticFacts) {
        guard request.method != .other else {
            self.init(.methodNotAllowed)
            return
        }
        // Validators belong to a representation, so the form is chosen before they are compared.
        let coding = AcceptEncoding.choose(request.acceptEncoding, brotli: facts.brotli != nil, gzip: facts.gzip != nil)
        let chosen = facts.representation(coding)
        let validators = Validators(entityTag: chosen.entityTag, lastModified: facts.lastModified)
        switch validators.evaluate(request) {
        case .notModified:
            self.init(.notModified, coding)
            return
        case .failed:
            self.init(.preconditionFailed, coding)
            return
        case .proceed:
            break
        }
        // RFC 9110, 14.2: Range is defined for GET alone.
        guard request.method == .get else {
            self.init(.ok, coding, .whole)
            return
        }
        guard let field = request.range, validators.allowRange(request) else {
            self.init(.ok, coding, .whole, sends: true)
            return
        }
        switch RangeSelection(field, size: chosen.size) {
        case .ignored: self.init(.ok, coding, .whole, sends: true)
        case .unsatisfiable: self.init(.rangeNotSatisfiable, coding)
        case .one(let range): self.init(.partialContent, coding, .range(range), sends: true)
        case .several(let ranges): self.init(.partialContent, coding, .ranges(ranges), sends: true)
        }
    }
}
