/// How many Node processes an app has, and what each may take.
///
///     processes   P = max(1, min(ceil(C), floor(M / n)))
///     share       S = M / P
///     old space   O = max(64 MiB, 3/4 * (S - 48 MiB))           `--max-old-space-size`, in MiB
///     semi-space  Y = clamp(2^floor(log2((S - 48 MiB) / 16)), 1...64 MiB)       `--max-semi-space-size`, in MiB
///     threads     T = clamp(ceil(4 * C / P), 4...64)            `UV_THREADPOOL_SIZE`
///
///     C  cores the container may use, also a fraction       M  the app's memory
///     n  what a process needs: measured, before that `need`
///
/// One thread of a process runs JavaScript, so a core more than processes is for nobody, and a process more takes turns.
/// Beyond its old space a process has its code, stacks and V8 itself, about 48 MiB when it serves nothing, and buffers
/// and the young generation, for which a quarter of the rest is left. Without the limit V8 takes the container's memory
/// for its own, or 1400 MiB where it finds none: it collects too late, and it is the kernel that ends the process. With it
/// the process ends by itself, having said so, before its neighbours are harmed. Below 64 MiB hardly any application starts.
///
/// What a request allocates is gone when it is answered. The young generation is what may be allocated until V8 looks for that:
/// the larger, the fewer collections, and the fewer requests that one finds half done and copies. It takes up to three
/// semi-spaces, three quarters of what is left beside the old space; the rest is for buffers. V8 itself knows only how much memory
/// there is: 1 MiB of it in a container of 512 MiB, 16 MiB from 2 GiB on. It takes powers of two, and beyond 64 MiB little is
/// gained.
///
/// The threads do what blocks: files, DNS look-ups, compression, cryptography. Four is libuv's default, made for one process
/// on a few cores; a lone process on many gets four for each of them. Most of them wait for a disk or a name server, so
/// that they are more than the cores; libuv would start up to 1,024, each with a stack.
///
/// Source: Node's documentation of `--max-old-space-size` (1.5 GB on a machine of 2 GB, to leave memory for other uses), of
/// `--max-semi-space-size` (three times that for the young generation) and of `UV_THREADPOOL_SIZE`; libuv's of its thread pool;
/// nodejs/performance#67, where 64 MiB came out best.
///
/// Worked row: C = 2, M = 512 MiB, n = 134 MiB: P = 2, S = 256, O = 156 MiB, Y = 8 MiB, T = 4. C = 8, M = 200 MiB: P = 1,
/// O = 114 MiB, Y = 8 MiB, T = 32.
package enum NodeSizing {
    package static let base = Bytes.mebibytes(48)
    package static let leastOldSpace = Bytes.mebibytes(64)
    /// A share with which the least old space is also three quarters of what is left.
    package static let need = Bytes.mebibytes(134)
    package static let semiSpaces = 1...64
    package static let threads = 4...64

    package static func processes(cores: Double, memory: Bytes, need: Bytes = need) -> Int {
        let byCores = EventLoopCount.loops(cores: cores)
        return max(1, min(byCores, memory.count / max(1, need.count)))
    }

    /// In whole mebibytes, as the option takes it.
    package static func oldSpaceMebibytes(memory: Bytes, processes: Int) -> Int {
        let share = Bytes(memory.count / max(1, processes))
        return max(leastOldSpace, (share - base) * 0.75).count >> 20
    }

    /// In whole mebibytes, as the option takes it.
    package static func semiSpaceMebibytes(memory: Bytes, processes: Int) -> Int {
        let share = Bytes(memory.count / max(1, processes))
        let most = min(max((share - base).count >> 24, semiSpaces.lowerBound), semiSpaces.upperBound)
        return 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount)
    }

    package static func threadpool(cores: Double, processes: Int) -> Int {
        let wanted = (4 * min(max(0, cores), 1024) / Double(max(1, processes))).rounded(.up)
        return min(max(Int(wanted), threads.lowerBound), threads.upperBound)
    }

    /// Whether threads that help a process collect would find a core that no process of the app has.
    package static func hasIdleCores(cores: Double, processes: Int) -> Bool {
        EventLoopCount.loops(cores: cores) > processes
    }
}
