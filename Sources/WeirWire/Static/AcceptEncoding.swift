/// Chooses among the forms of a file that exist (RFC 9110, 12.5.3): by weight, and brotli before gzip when they are equal.
enum AcceptEncoding {
    private struct Weights {
        /// In thousandths; nil: not named.
        var brotli: Int?
        var gzip: Int?
        var identity: Int?
        var any: Int?
    }

    static func choose(_ field: UnsafeRawBufferPointer?, brotli: Bool, gzip: Bool) -> StaticCoding {
        guard let field, brotli || gzip else { return .identity }
        let weights = parse(field)
        // What is not named may be sent as it is, but whatever is named was preferred to it.
        var best = (coding: StaticCoding.identity, weight: weights.identity ?? 1)
        let brotliWeight = brotli ? weights.brotli ?? weights.any ?? 0 : 0
        let gzipWeight = gzip ? weights.gzip ?? weights.any ?? 0 : 0
        if gzipWeight > 0, gzipWeight >= best.weight { best = (.gzip, gzipWeight) }
        if brotliWeight > 0, brotliWeight >= best.weight { best = (.brotli, brotliWeight) }
        return best.coding
    }

    private static func parse(_ field: UnsafeRawBufferPointer) -> Weights {
        var weights = Weights()
        var scanner = FieldScanner(field)
        scanner.skipSeparators()
        while !scanner.isAtEnd {
            let name = scanner.word()
            let weight = weight(&scanner)
            if name.equalsIgnoringCase("br") {
                weights.brotli = weight
            } else if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
                weights.gzip = weight
            } else if name.equalsIgnoringCase("identity") {
                weights.identity = weight
            } else if name.equals("*") {
                weights.any = weight
            }
            scanner.skip(to: UInt8(ascii: ","))
            scanner.skipSeparators()
        }
        return weights
    }

    /// 1,000 without a weight; 0, which is a refusal, for one that cannot be read.
    private static func weight(_ scanner: inout FieldScanner) -> Int {
        scanner.skipBlanks()
        guard scanner.take(UInt8(ascii: ";")) else { return 1_000 }
        scanner.skipBlanks()
        guard scanner.word().equalsIgnoringCase("q"), scanner.take(UInt8(ascii: "=")) else { return 0 }
        guard let whole = scanner.number(), whole <= 1 else { return 0 }
        guard scanner.take(UInt8(ascii: ".")) else { return whole * 1_000 }
        var weight = whole * 1_000
        var place = 100
        while let byte = scanner.peek, byte.isDigit, scanner.take(byte) {
            weight += Int(byte &- 0x30) * place
            place /= 10
        }
        return min(weight, 1_000)
    }
}
