import NIOCore
import WeirCore
import WeirEdge
import WeirWire

/// Encodes a request as FastCGI, with the variables that nginx's `fastcgi.conf` sends, straight into the exchange's own
/// buffer: what is queued is ready to be written.
struct FastCGIRequestEncoder: RequestEncoder {
    /// What is the same for every request of the app.
    private let fixed: FastCGIParamBlock
    private let documentRoot: [UInt8]
    private let entry: [UInt8]
    private let keepsConnection: Bool

    init(documentRoot: String, entry: [UInt8]?, keepsConnection: Bool, environment: [String: String]) {
        var fixed = FastCGIParamBlock()
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where fixed.fits(name, value) {
            fixed.append(name, value)
        }
        fixed.append("GATEWAY_INTERFACE", "CGI/1.1")
        // WordPress and its plugins offer addresses without index.php to the server names they know.
        fixed.append("SERVER_SOFTWARE", "weir (nginx compatible)")
        fixed.append("REDIRECT_STATUS", "200")
        fixed.append("DOCUMENT_ROOT", documentRoot)
        self.fixed = fixed
        self.documentRoot = Array(documentRoot.utf8)
        self.entry = entry ?? []
        self.keepsConnection = keepsConnection
    }

    /// Fills `exchange.encoded`: everything but a body that is in a file.
    func encode(_ exchange: Exchange, requestID: UInt16) {
        let script = exchange.script
        let scriptName: [UInt8]
        if script.usesEntry {
            scriptName = entry
        } else if let index = script.index {
            scriptName = exchange.path + index
        } else {
            scriptName = exchange.path
        }
        let scriptLength = script.usesEntry || script.index != nil ? scriptName.count : script.scriptLength
        let body = exchange.body.memory
        let others =
            fixed.bytes.count + documentRoot.count + 3 * scriptName.count + exchange.path.count + 256
            + exchange.head.byteCount
        let bound = FastCGIRequestWriter.upperBound(
            for: exchange.head, paramByteCount: others, paramCount: 24, stdinByteCount: body.readableBytes
        )
        exchange.encoded.clear()
        exchange.headBytes.withUnsafeBytes { bytes in
            scriptName.withUnsafeBytes { whole in
                let name = UnsafeRawBufferPointer(rebasing: whole[..<scriptLength])
                let info = UnsafeRawBufferPointer(rebasing: whole[scriptLength...])
                _ = exchange.encoded.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
                    var writer = FastCGIRequestWriter(memory, requestID: requestID, keepConnection: keepsConnection)
                    writer.params(fixed)
                    writeScript(name, info, to: &writer)
                    writeRequest(exchange, bytes, to: &writer)
                    writeConnection(exchange, bytes, to: &writer)
                    writeFields(exchange.head, bytes, to: &writer)
                    exchange.requestID.withUnsafeBytes { writer.param("HTTP_X_REQUEST_ID", $0) }
                    writer.finishParams()
                    if exchange.body.file == nil { body.withUnsafeReadableBytes { writer.stdin($0) } }
                    return writer.byteCount
                }
            }
        }
    }

    /// An absolute form's authority takes the place of `Host`: the application sees the host that the routes saw.
    private func writeFields(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, to writer: inout FastCGIRequestWriter
    ) {
        guard head.form == .absolute else { return writer.params(fieldsOf: head, in: bytes, omitting: [.xRequestID]) }
        writer.param("HTTP_HOST", head.authority.in(bytes))
        writer.params(fieldsOf: head, in: bytes, omitting: [.xRequestID, .host])
    }

    private func writeScript(
        _ name: UnsafeRawBufferPointer, _ info: UnsafeRawBufferPointer, to writer: inout FastCGIRequestWriter
    ) {
        documentRoot.withUnsafeBytes { writer.param("SCRIPT_FILENAME", $0, name) }
        writer.param("SCRIPT_NAME", name)
        writer.param("DOCUMENT_URI", name, info)
        if !info.isEmpty { writer.param("PATH_INFO", info) }
    }

    private func writeRequest(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, to writer: inout FastCGIRequestWriter
    ) {
        let head = exchange.head
        writer.param("REQUEST_METHOD", head.methodRange.in(bytes))
        writer.param("SERVER_PROTOCOL", head.isHTTP11 ? "HTTP/1.1" : "HTTP/1.0")
        let query = head.query?.in(bytes) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        writer.param("QUERY_STRING", query)
        writeRequestURI(head, bytes, to: &writer)
        if head.first(.contentType) == nil { writer.param("CONTENT_TYPE", "") }
        switch head.framing {
        case .none: writer.param("CONTENT_LENGTH", "")
        case .length, .chunked: writer.param("CONTENT_LENGTH", decimal: UInt64(exchange.body.count))
        }
    }

    /// The path and query as they were sent; an absolute form is reduced to them.
    private func writeRequestURI(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, to writer: inout FastCGIRequestWriter
    ) {
        let path = head.path.in(bytes)
        let slash = StaticString("/")
        let sent = path.isEmpty ? UnsafeRawBufferPointer(start: slash.utf8Start, count: 1) : path
        guard let query = head.query?.in(bytes) else { return writer.param("REQUEST_URI", sent) }
        writer.beginParam(nameByteCount: 11, valueByteCount: sent.count + 1 + query.count)
        writer.append("REQUEST_URI")
        writer.append(sent)
        writer.append("?")
        writer.append(query)
    }

    private func writeConnection(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, to writer: inout FastCGIRequestWriter
    ) {
        guard let connection = exchange.connection else { return }
        if exchange.isSecure {
            writer.param("REQUEST_SCHEME", "https")
            writer.param("HTTPS", "on")
        } else {
            writer.param("REQUEST_SCHEME", "http")
        }
        exchange.clientAddress.withUnsafeBytes { writer.param("REMOTE_ADDR", $0) }
        connection.peer.port.withUnsafeBytes { writer.param("REMOTE_PORT", $0) }
        connection.peer.localAddress.withUnsafeBytes { writer.param("SERVER_ADDR", $0) }
        connection.peer.localPort.withUnsafeBytes { writer.param("SERVER_PORT", $0) }
        writer.param("SERVER_NAME", HostName.withoutPort(exchange.head.authority.in(bytes)))
    }
}
