import Testing

@testable import WeirWire

/// Fields made from lines, with the bytes they lie in.
func withFields<R>(_ lines: [String], _ body: (Fields, UnsafeRawBufferPointer) throws -> R) throws -> R {
    var parser = RequestHeadParser()
    var head = RequestHead()
    let text = "GET / HTTP/1.1\r\nHost: h\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    return try withBytes(text) { bytes in
        let isComplete = try parser.parse(bytes, limits: HeadLimits(), into: &head)
        #expect(isComplete)
        return try body(head.fields, bytes)
    }
}

@Suite struct ForwardedTests {
    private let trusted = [AddressBlock("10.0.0.0/8"), AddressBlock("fd00::/8")].compactMap { $0 }

    private func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }

    private func xForwardedFor(_ values: String...) throws -> String? {
        try withFields(values.map { "X-Forwarded-For: \($0)" }) { fields, bytes in
            ForwardedFields.client(xForwardedForOf: fields, in: bytes, isTrusted: isTrusted)?.range.string(in: bytes)
        }
    }

    private func forwarded(_ values: String...) throws -> [String?]? {
        try withFields(values.map { "Forwarded: \($0)" }) { fields, bytes in
            ForwardedFields.client(forwardedOf: fields, in: bytes, isTrusted: isTrusted).map {
                [$0.range.string(in: bytes), $0.proto?.string(in: bytes), $0.host?.string(in: bytes)]
            }
        }
    }

    @Test func theClientIsTheRightmostAddressThatIsNoProxy() throws {
        #expect(try xForwardedFor("203.0.113.5") == "203.0.113.5")
        #expect(try xForwardedFor("1.1.1.1, 203.0.113.5, 10.0.0.2") == "203.0.113.5")
        #expect(try xForwardedFor("1.1.1.1,203.0.113.5 ,\t10.0.0.2,10.9.9.9") == "203.0.113.5")
        #expect(try xForwardedFor("1.1.1.1", "203.0.113.5", "10.0.0.2") == "203.0.113.5")
        #expect(try xForwardedFor("10.0.0.3, 10.0.0.2") == "10.0.0.3")
        #expect(try xForwardedFor("2001:db8::7, fd00::1") == "2001:db8::7")
    }

    @Test func whatNamesNoAddressHidesWhatIsLeftOfIt() throws {
        #expect(try xForwardedFor("203.0.113.5, unknown") == nil)
        #expect(try xForwardedFor("203.0.113.5, unknown, 10.0.0.2") == "10.0.0.2")
        #expect(try xForwardedFor("203.0.113.5,, 10.0.0.2") == "10.0.0.2")
        #expect(try xForwardedFor("") == nil)
        #expect(try xForwardedFor() == nil)
    }

    @Test func portsAndBracketsAreTakenOff() throws {
        #expect(try xForwardedFor("203.0.113.5:443") == "203.0.113.5")
        #expect(try xForwardedFor("[2001:db8::7]:443") == "2001:db8::7")
        #expect(try xForwardedFor("[2001:db8::7]") == "2001:db8::7")
        for bad in ["[2001:db8::7", "[2001:db8::7]x", "203.0.113.5:", "203.0.113.5:x", "203.0.113.05", "203.0.113"] {
            #expect(try xForwardedFor(bad) == nil)
        }
    }

    @Test func theStandardFieldSaysProtocolAndHostToo() throws {
        #expect(
            try forwarded("for=203.0.113.5;proto=https;host=shop.example") == ["203.0.113.5", "https", "shop.example"])
        #expect(try forwarded("For=\"[2001:db8::7]:47\" ; Proto=http") == ["2001:db8::7", "http", nil])
        #expect(try forwarded("for=1.1.1.1, for=203.0.113.5;by=10.0.0.2, for=10.0.0.3") == ["203.0.113.5", nil, nil])
        #expect(try forwarded("for=1.1.1.1", "for=10.0.0.3;host=\"a,b\"") == ["1.1.1.1", nil, nil])
        #expect(try forwarded("proto=https, for=10.0.0.3") == ["10.0.0.3", nil, nil])
    }

    @Test(arguments: [
        "for=unknown", "for=_hidden", "for=1.1.1.1, for=_x", "for", "for=", "for=1.1.1.1;", "for=1.1.1.1,",
        "for=\"1.1.1.1",
        "for=\"1.1.1.1\\\"\"", "=1.1.1.1", "for = 1.1.1.1", "for=1.1.1.1 x", "",
    ])
    func aMalformedStandardFieldNamesNobody(value: String) throws {
        #expect(try forwarded(value) == nil)
    }

    @Test func addressesHaveOneValue() throws {
        #expect(IPAddress("1.2.3.4") == IPAddress(v4: 0x0102_0304))
        #expect(IPAddress("::ffff:1.2.3.4") == IPAddress(v4: 0x0102_0304))
        #expect(IPAddress("::") == IPAddress(high: 0, low: 0))
        #expect(IPAddress("::1") == IPAddress(high: 0, low: 1))
        #expect(IPAddress("1::") == IPAddress(high: 1 << 48, low: 0))
        #expect(
            IPAddress("2001:DB8:0:0:8:800:200C:417A") == IPAddress(high: 0x2001_0DB8 << 32, low: 0x0008_0800_200C_417A))
        #expect(IPAddress("2001:db8::8:800:200c:417a") == IPAddress("2001:db8:0:0:8:800:200c:417a"))
        #expect(IPAddress("1:2:3:4:5:6:7::") == IPAddress("1:2:3:4:5:6:7:0"))
        #expect(IPAddress("::2:3:4:5:6:7:8") == IPAddress("0:2:3:4:5:6:7:8"))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..2.3", ":", ":::", "1:2",
        "1:2:3:4:5:6:7", "::1::",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "::g", "::1.2.3", "1:", ":1", "fe80::1%eth0", "[::1]",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
    ])
    func whatIsNoAddressIsNil(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func blocksContainWhatSharesTheirPrefix() throws {
        func contains(_ block: String, _ address: String) throws -> Bool {
            try #require(AddressBlock(block)).contains(#require(IPAddress(address)))
        }
        #expect(try contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"))
        #expect(try contains("0.0.0.0/0", "9.9.9.9") && !contains("0.0.0.0/0", "2001:db8::1"))
        #expect(try contains("::/0", "9.9.9.9") && contains("::/0", "ffff::"))
        #expect(try contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.2"))
        #expect(try contains("2001:db8::/33", "2001:db8:7fff::1") && !contains("2001:db8::/33", "2001:db8:8000::1"))
        #expect(
            try contains("2001:db8::/65", "2001:db8::7fff:0:0:1") && !contains("2001:db8::/65", "2001:db8::8000:0:0:1"))
        for bad in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "x/8", "", "10.0.0.0/8/8"] {
            #expect(AddressBlock(bad) == nil)
        }
    }
}
