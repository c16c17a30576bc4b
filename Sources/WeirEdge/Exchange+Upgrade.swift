import NIOCore
import WeirWire

/// From a request to a tunnel.
extension Exchange {
    /// The client asks for another protocol: over HTTP/1.1, with one name in Upgrade, without a body, of an app that can.
    /// Not for `h2c`: requests inside that tunnel would go past the routes.
    package var wantsUpgrade: Bool {
        guard head.requestsUpgrade, app?.kind == .program, head.framing == .none || head.framing == .length(0) else {
            return false
        }
        return headBytes.withUnsafeBytes { bytes in
            guard let name = upgradeName(of: head.fields, in: bytes) else { return false }
            return !name.equalsIgnoringCase("h2c")
        }
    }

    /// Passes the 101 on and turns the client's connection into a tunnel to `end`; what the client has sent behind its
    /// request reaches `end` before this returns. False: the client has left, or asked for nothing of the kind. Whoever
    /// else this is, the exchange's end still follows: ``end()`` when the other side is closed, ``fail(_:)`` when it breaks.
    package func upgrade(
        from head: ResponseHead, in bytes: UnsafeRawBufferPointer, to end: any TunnelEnd
    ) -> Bool {
        guard let connection, let app, wantsUpgrade, !answer.hasHead, head.isUpgrade,
            let chosen = upgradeName(of: head.fields, in: bytes), isAsked(chosen)
        else { return false }
        startAnswer(status: 101, reason: head.reason.map { $0.in(bytes) })
        for field in head.fields where !Self.ownFields.contains(field.id) && head.isForwarded(field, in: bytes) {
            answer.out.write(field, of: bytes)
        }
        answer.out.writeStaticString("Connection: upgrade\r\nUpgrade: ")
        answer.out.writeBytes(chosen)
        answer.out.writeStaticString("\r\n\r\n")
        answer.isHeadWritten = true
        let tunnel = Tunnel(connection, to: end, timeouts: app.timeouts)
        self.tunnel = tunnel
        connection.open(tunnel, for: self)
        return true
    }

    private func isAsked(_ chosen: UnsafeRawBufferPointer) -> Bool {
        headBytes.withUnsafeBytes { bytes in
            upgradeName(of: head.fields, in: bytes).map { chosen.equalsIgnoringCase($0) } ?? false
        }
    }

    /// nil unless there is exactly one.
    private func upgradeName(of fields: Fields, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard !fields.repeated.contains(.upgrade), let value = fields.first(.upgrade)?.value.in(bytes) else {
            return nil
        }
        return value.isEmpty || value.contains(UInt8(ascii: ",")) ? nil : value
    }
}
