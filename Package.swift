// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "weir",
    products: [.executable(name: "weir", targets: ["weir"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Decide: pure code, no I/O.
        .target(name: "WeirCore"),
        .target(name: "WeirWire"),
        .target(name: "WeirConfig", dependencies: ["WeirCore", "Yams"]),
        .target(name: "WeirAudit"),

        // Act: sockets, processes, files.
        .target(name: "CWeirSystem"),
        .target(name: "WeirProcess", dependencies: ["WeirCore", "CWeirSystem"]),
        .target(
            name: "WeirTelemetry",
            dependencies: ["WeirCore", "WeirWire", "WeirProcess", .product(name: "Logging", package: "swift-log")]
        ),
        .target(
            name: "WeirEdge",
            dependencies: [
                "WeirCore", "WeirWire", "WeirConfig", "WeirTelemetry", "CWeirSystem",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "WeirRuntimes",
            dependencies: [
                "WeirCore", "WeirWire", "WeirConfig", "WeirProcess", "WeirTelemetry", "WeirEdge",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Run: the assembly and the command.
        .target(
            name: "WeirServer",
            dependencies: [
                "WeirCore", "WeirWire", "WeirConfig", "WeirProcess", "WeirTelemetry", "WeirEdge", "WeirRuntimes",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "weir",
            dependencies: [
                "WeirCore", "WeirWire", "WeirConfig", "WeirAudit", "WeirProcess", "WeirServer", "WeirTelemetry",
                "CWeirSystem",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        // The load that the measurements in bench/ put on it.
        .systemLibrary(name: "CEpoll", path: "bench/load/epoll"),
        .executableTarget(
            name: "weir-load",
            dependencies: [
                "WeirCore", "CEpoll", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "bench/load", exclude: ["epoll"]
        ),

        .testTarget(name: "WeirCoreTests", dependencies: ["WeirCore"], exclude: ["Sizing/Golden"]),
        .testTarget(name: "WeirWireTests", dependencies: ["WeirWire"], resources: [.copy("Corpus")]),
        .testTarget(name: "WeirConfigTests", dependencies: ["WeirConfig"], resources: [.copy("Golden")]),
        .testTarget(name: "WeirAuditTests", dependencies: ["WeirAudit"], exclude: ["Golden"]),
        .testTarget(
            name: "WeirProcessTests", dependencies: ["WeirProcess", "WeirCore", "WeirTestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "WeirTelemetryTests",
            dependencies: ["WeirTelemetry", "WeirCore", "WeirProcess", "WeirRuntimes", "WeirWire", "WeirServer"]),
        .testTarget(
            name: "WeirEdgeTests",
            dependencies: [
                "WeirEdge", "WeirWire", "WeirCore", "WeirConfig", "WeirTelemetry", "WeirTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "WeirRuntimesTests",
            dependencies: [
                "WeirRuntimes", "WeirCore", "WeirConfig", "WeirEdge", "WeirTelemetry", "WeirTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "CommandTests", dependencies: ["weir", "WeirAudit", "WeirConfig", "WeirServer"],
            exclude: ["Fixtures", "Golden"]),

        // The server as a whole, from outside.
        .target(name: "WeirTestSupport", dependencies: ["CWeirSystem"], path: "Tests/Support"),
        .testTarget(name: "EndToEndTests", dependencies: ["WeirTestSupport", "CWeirSystem"]),
        .testTarget(name: "CostTests", dependencies: ["WeirTestSupport"], exclude: ["Counter"]),
        .testTarget(name: "PHPTests", dependencies: ["WeirTestSupport"], exclude: ["Site"]),
        .testTarget(name: "ProgramTests", dependencies: ["WeirTestSupport"]),
        .testTarget(name: "ApplicationTests", dependencies: ["WeirTestSupport"]),
        .testTarget(name: "LoadTests", dependencies: ["weir-load", "WeirTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

// `make test` builds with warnings as errors. Whoever builds a release with a later compiler should not have to.
if Context.environment["WARNINGS_AS_ERRORS"] == "1" {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
