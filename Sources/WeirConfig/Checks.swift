/// What single values cannot show: contradictions, names that lead nowhere, paths that are not there.
enum Checks {
    static func check(_ settings: Settings, _ reader: inout Reader) {
        checkAddresses(settings, &reader)
        checkAdmin(settings.admin, &reader)
        checkErrorPages(settings.errorPages, &reader)
        checkHealth(settings.health, &reader)
        checkLimits(settings, &reader)
        for app in settings.apps { checkApp(app, settings, &reader) }
        checkRoutes(settings, &reader)
        checkSupervision(settings, &reader)
    }

    private static func checkAddresses(_ settings: Settings, _ reader: inout Reader) {
        var seen: [(address: ListenAddress, path: String)] = []
        var addresses = settings.listen.enumerated().map { (address: $1, path: "listen[\($0)]") }
        if addresses.count == 1 { addresses[0].path = "listen" }
        if case .address(let admin) = settings.admin.listen { addresses.append((admin, "admin.listen")) }
        for (address, path) in addresses {
            if case .unix(let file) = address, file.utf8.count > 107 {
                reader.error(at: path, "a socket's path may have 107 bytes, this one has \(file.utf8.count)")
            }
            if let same = seen.first(where: { $0.address.collides(with: address) }) {
                let reason =
                    same.address == address
                    ? "\(address.configured) is already taken by \(same.path)"
                    : "\(address.configured) is within \(same.address.configured) of \(same.path)"
                reader.error(at: path, reason)
            }
            seen.append((address, path))
        }
    }

    /// Whoever reaches a TCP port is a stranger: another program of this machine, or the network.
    private static func checkAdmin(_ admin: AdminSettings, _ reader: inout Reader) {
        if admin.token != nil, admin.tokenFile != nil {
            reader.error(at: "admin.token_file", "'token' is set too; keep one of them")
        }
        if let file = admin.tokenFile { checkFile(file, at: "admin.token_file", &reader) }
        guard case .address(.tcp) = admin.listen, admin.token == nil, admin.tokenFile == nil else { return }
        reader.error(
            at: "admin.listen",
            "over TCP a token is needed: set admin.token or admin.token_file, or use a unix socket (unix:/path or auto)"
        )
    }

    private static func checkErrorPages(_ pages: [ErrorPage], _ reader: inout Reader) {
        for page in pages { checkFile(page.path, at: "error_pages.\(page.status)", &reader) }
    }

    static func checkFile(_ file: String, at path: String, _ reader: inout Reader) {
        switch reader.facts.kind(file) {
        case .file, .unknown: break
        case .missing: reader.error(at: path, "the file \(file) does not exist")
        case .directory, .emptyDirectory: reader.error(at: path, "\(file) is a directory, not a file")
        }
    }

    private static func checkHealth(_ health: HealthSettings, _ reader: inout Reader) {
        let paths = [
            ("health", health.health), ("ready", health.ready), ("status", health.status),
            ("fpm_status", health.fpmStatus), ("metrics", health.metrics),
        ]
        for (index, (name, path)) in paths.enumerated() {
            guard let path, let same = paths[..<index].first(where: { $0.1 == path }) else { continue }
            reader.error(at: "health.\(name)", "\(path) is already the path of health.\(same.0)")
        }
    }

    private static func checkLimits(_ settings: Settings, _ reader: inout Reader) {
        let limits = settings.limits
        if limits.responseMemory > limits.responseSpool {
            let key = reader.origins["limits.response_memory"] == .default ? "response_spool" : "response_memory"
            reader.warn(
                at: "limits.\(key)",
                "response_memory (\(limits.responseMemory.configured)) is more than response_spool "
                    + "(\(limits.responseSpool.configured)), of which it is a part")
        }
        if let each = limits.connectionsPerAddress, each > limits.connections {
            reader.warn(
                at: "limits.connections_per_address",
                "\(each) is never reached: 'connections' is \(limits.connections)")
        }
        if let directory = limits.temporaryDirectory {
            checkDirectory(directory, at: "limits.temporary_directory", isError: true, &reader)
        }
    }

    static func checkDirectory(_ directory: String, at path: String, isError: Bool, _ reader: inout Reader) {
        let reason: String
        switch reader.facts.kind(directory) {
        case .directory, .emptyDirectory, .unknown: return
        case .missing: reason = "the directory \(directory) does not exist"
        case .file: reason = "\(directory) is a file, not a directory"
        }
        if isError { reader.error(at: path, reason) } else { reader.warn(at: path, reason) }
    }
}

extension ListenAddress {
    /// The same address, or one of an IPv4 port that is taken on all addresses.
    fileprivate func collides(with other: ListenAddress) -> Bool {
        switch (self, other) {
        case (.unix(let a), .unix(let b)): return a == b
        case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)):
            // Port 0 is another one each time.
            guard port == otherPort, port != 0 else { return false }
            if host == otherHost { return true }
            let isIPv4 = { (host: String) in AddressRange(address: host)?.bytes.count == 4 }
            return (host == "0.0.0.0" && isIPv4(otherHost)) || (otherHost == "0.0.0.0" && isIPv4(host))
        default: return false
        }
    }
}
