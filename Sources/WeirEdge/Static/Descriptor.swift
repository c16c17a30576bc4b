import CWeirSystem
import Glibc

/// Owns a file descriptor until it is released to another owner.
struct Descriptor: ~Copyable {
    let value: CInt

    init(_ value: CInt) { self.value = value }

    deinit { close(value) }

    consuming func release() -> CInt {
        let value = value
        discard self
        return value
    }
}
