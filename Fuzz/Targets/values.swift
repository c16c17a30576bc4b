/// The small ones: paths, dates, addresses, authorities.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    withExactCopy(Arrivals(start, count).bytes) { bytes in
        checkPath(bytes)
        if let seconds = HTTPDate.parse(bytes, now: 1_700_000_000),
            (-62_167_219_200...253_402_300_799).contains(seconds)
        {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTPDate.byteCount, alignment: 1)
            defer { memory.deallocate() }
            var writer = ByteWriter(memory)
            HTTPDate.write(unixSeconds: seconds, to: &writer)
            require(HTTPDate.parse(UnsafeRawBufferPointer(memory), now: 0) == seconds, "a date reads as it was written")
        }
        if let address = IPAddress(bytes) {
            require(address.isV4 == (address.high == 0 && address.low >> 32 == 0xFFFF), "IPv4 is mapped")
        }
        if Authority.isValid(bytes) {
            require((1...count).contains(Authority.hostCount(bytes)), "an authority has a host")
        }
        _ = AddressBlock(String(decoding: bytes, as: UTF8.self))
    }
    return 0
}

private func checkPath(_ bytes: UnsafeRawBufferPointer) {
    var path: [UInt8] = []
    guard (try? TargetPath.normalise(bytes, into: &path)) != nil else { return }
    let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    require(path.first == UInt8(ascii: "/"), "a path starts at the root")
    require(!segments.contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }, "no dot segment is left")
    require(!segments.dropFirst().dropLast().contains { $0.isEmpty }, "slashes are merged")
    var encoded: [UInt8] = []
    path.withUnsafeBytes { PercentEncoding.append(path: $0, to: &encoded) }
    var again: [UInt8] = []
    let isAccepted = encoded.withUnsafeBytes { (try? TargetPath.normalise($0, into: &again)) != nil }
    // A raw control character can be in the input here, though in no request target; escaped, it is refused.
    require(again == path || !isAccepted && path.contains { $0 < 0x20 || $0 == 0x7F }, "an encoded path comes back")
}
