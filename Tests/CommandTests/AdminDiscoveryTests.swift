import Foundation
import Testing
import WeirConfig
import WeirServer

@testable import weir

@Suite struct AdminDiscoveryTests {
    private func makeDirectory(mode: Int = 0o700) throws -> RuntimeDirectory {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-run-\(UUID().uuidString.prefix(8))"
        ).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        return RuntimeDirectory(path: path)
    }

    @Test func whereNothingRunsItSaysWhatToDo() throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        // Left by a server that was killed, and something else.
        for name in ["999999999.sock", "notes.txt", "x.sock"] {
            _ = FileManager.default.createFile(atPath: directory.path + "/" + name, contents: nil)
        }
        #expect(directory.sockets().map(\.pid) == [999_999_999])
        let discovery = AdminDiscovery(user: geteuid(), directories: [directory])
        #expect(discovery.running().isEmpty)
        do {
            _ = try discovery.only()
            Issue.record("found something")
        } catch {
            guard case .noServer(let text) = error as? AdminFailure else {
                Issue.record("\(error)")
                return
            }
            #expect(text.contains(directory.path) && text.contains("--admin unix:/path"))
        }
    }

    @Test func aServerIsFoundByItsSocketAndSeveralAreListed() throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let first = try FakeServer(directory.socket(of: getpid()))
        let discovery = AdminDiscovery(user: geteuid(), directories: [directory])
        #expect(try discovery.only() == .unix(path: directory.socket(of: getpid())))

        let second = try FakeServer(directory.socket(of: getppid()))
        #expect(discovery.running().count == 2)
        do {
            _ = try discovery.only()
            Issue.record("chose one")
        } catch {
            let text = "\(error)"
            #expect(text.contains("--admin unix:\(directory.socket(of: getpid()))"))
            #expect(text.contains("pid \(getppid())"))
            #expect(text.contains(FileManager.default.currentDirectoryPath))
        }
        withExtendedLifetime((first, second)) {}
    }

    @Test func aDirectoryThatOthersMayWriteToIsNotLookedAt() throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let server = try FakeServer(directory.socket(of: getpid()))
        chmod(directory.path, 0o777)
        #expect(AdminDiscovery(user: geteuid(), directories: [directory]).running().isEmpty)
        chmod(directory.path, 0o700)
        let link = directory.path + "-link"
        symlink(directory.path, link)
        defer { unlink(link) }
        #expect(AdminDiscovery(user: geteuid(), directories: [RuntimeDirectory(path: link)]).running().isEmpty)
        withExtendedLifetime(server) {}
    }

    @Test func theDirectoryDependsOnTheUser() {
        let none: (String) -> String? = { _ in nil }
        #expect(RuntimeDirectory(user: 0, environment: none).path == "/run/weir")
        #expect(RuntimeDirectory(user: 33, environment: none).path == "/tmp/weir-33")
        let runtime: (String) -> String? = { $0 == "XDG_RUNTIME_DIR" ? "/run/user/7" : nil }
        #expect(RuntimeDirectory(user: 7, environment: runtime).path == "/run/user/7/weir")
        #expect(RuntimeDirectory(user: 0, environment: runtime).path == "/run/weir")
    }
}

/// Answers every connection with 200.
private final class FakeServer: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let (descriptor, size) = (descriptor, socklen_t(MemoryLayout<sockaddr_un>.size))
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) != 0 }
        }
        try #require(!failed && listen(descriptor, 8) == 0)
        Thread.detachNewThread {
            while case let client = accept(descriptor, nil, nil), client >= 0 {
                var request = [UInt8](repeating: 0, count: 4_096)
                _ = read(client, &request, request.count)
                let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".utf8)
                _ = write(client, answer, answer.count)
                close(client)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
