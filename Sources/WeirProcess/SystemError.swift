import Glibc

/// A system call that failed: what was attempted, and why it did not work.
package struct SystemError: Error, CustomStringConvertible {
    package let attempt: String
    package let errno: Int32

    package init(_ attempt: String, errno: Int32 = Glibc.errno) {
        self.attempt = attempt
        self.errno = errno
    }

    package var description: String { "\(attempt): \(String(cString: strerror(errno)))" }
}
