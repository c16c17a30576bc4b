import Glibc
import WeirProcess

/// What Weir itself uses, and when a process was started, as the kernel tells it.
struct OwnProcess: Sendable {
    var cpuSeconds: Double
    var residentBytes: Int?
    var openDescriptors: Int?
    var maxDescriptors: Int?
    var startUnixSeconds: Double?

    static func read() -> OwnProcess {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return OwnProcess(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), residentBytes: residentBytes(),
            openDescriptors: openDescriptors(), maxDescriptors: hasLimit ? Int(clamping: limit.rlim_cur) : nil,
            startUnixSeconds: start(of: getpid())
        )
    }

    /// nil: the process is gone.
    static func start(of pid: Int32) -> Double? {
        // The name, in parentheses, may hold anything; the start is the 20th number behind it.
        guard let stat = SmallFile.read("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let numbers = stat[stat.index(after: end)...].split(separator: " ")
        guard numbers.count > 19, let ticks = Double(numbers[19]) else { return nil }
        return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func residentBytes() -> Int? {
        let pages = SmallFile.read("/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return pages.map { $0 * Int(getpagesize()) }
    }

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // The directory itself was one of them.
        return count - 1
    }
}
