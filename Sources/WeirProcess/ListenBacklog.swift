/// How many connections wait in the kernel until a listener takes them.
package enum ListenBacklog {
    /// The kernel's limit for any listener's; nil: unknown. Each network namespace has its own.
    package static func somaxconn(root: String = "") -> Int? {
        SmallFile.readNumber("\(root)/proc/sys/net/core/somaxconn")
    }
}
