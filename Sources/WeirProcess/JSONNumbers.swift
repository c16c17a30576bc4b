/// The numbers of a JSON document by the path of their names: `Limits.CPU`. Those in arrays are left out. Tolerant: what
/// is no JSON gives what was understood of it.
package enum JSONNumbers {
    private static let deepest = 64

    package static func read(_ bytes: [UInt8]) -> [String: Double] {
        var numbers: [String: Double] = [:]
        // The name being read in each object around; nil: an array.
        var around: [String?] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard around.count < deepest else { return numbers }
                around.append(bytes[index] == UInt8(ascii: "{") ? "" : nil)
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = around.popLast()
                index += 1
            case UInt8(ascii: "\""):
                let text = string(bytes, &index)
                while index < bytes.count, isSpace(bytes[index]) { index += 1 }
                if index < bytes.count, bytes[index] == UInt8(ascii: ":"), let last = around.indices.last {
                    around[last] = text
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = bytes[index...].firstIndex { !isNumeric($0) } ?? bytes.count
                let names = around.compactMap { $0 }
                if names.count == around.count, let value = Double(String(decoding: bytes[index..<end], as: UTF8.self))
                {
                    numbers[names.joined(separator: ".")] = value
                }
                index = end
            default: index += 1
            }
        }
        return numbers
    }

    /// From the quotation mark at `index` to after the one that closes it.
    private static func string(_ bytes: [UInt8], _ index: inout Int) -> String {
        let start = index + 1
        index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = min(index, bytes.count)
        index = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
}
