import Glibc

/// Where a controller's files for a process are: its own control group, and those around it as far as they can be
/// seen. A limit of any of them holds, so all are read.
struct ContainerCgroup: Hashable, Sendable {
    enum Version: Hashable, Sendable { case one, two }

    let version: Version
    /// Its own first, the mount point last.
    let directories: [String]

    var own: String { directories.first ?? "" }

    /// nil: the controller is not mounted. A system with both versions has each controller in one of them.
    ///
    /// Inside a container `/proc/self/cgroup` may name a path of the host that does not exist below the mount; the
    /// mount point is the container's own group then.
    static func find(_ controller: Substring, root: String, process: String) -> ContainerCgroup? {
        guard let groups = SmallFile.read("\(root)/proc/\(process)/cgroup") else { return nil }
        let mounts = (SmallFile.read("\(root)/proc/\(process)/mountinfo", limit: 1 << 20) ?? "").split(separator: "\n")
            .compactMap { Mount($0) }
        var version = Version.one
        var path: Substring?
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].split(separator: ",").contains(controller) {
                (version, path) = (.one, parts[2])
                break
            }
            if parts[0] == "0", parts[1].isEmpty { (version, path) = (.two, parts[2]) }
        }
        guard let path, let mount = mounts.first(where: { $0.holds(controller, version) }) else { return nil }
        return ContainerCgroup(version: version, directories: mount.directories(to: path, root: root))
    }
}

/// A line of `/proc/self/mountinfo` about control groups.
private struct Mount {
    let point: Substring
    /// The group that is mounted there, as `/proc/self/cgroup` would name it.
    let group: Substring
    let type: Substring
    let options: [Substring]

    init?(_ line: Substring) {
        let words = line.split(separator: " ")
        guard let dash = words.firstIndex(of: "-"), dash >= 6, dash + 1 < words.count,
            words[dash + 1] == "cgroup" || words[dash + 1] == "cgroup2"
        else { return nil }
        point = words[4]
        group = words[3]
        type = words[dash + 1]
        options = words.last?.split(separator: ",") ?? []
    }

    func holds(_ controller: Substring, _ version: ContainerCgroup.Version) -> Bool {
        switch version {
        case .one: type == "cgroup" && options.contains(controller)
        case .two: type == "cgroup2"
        }
    }

    func directories(to path: Substring, root: String) -> [String] {
        let top = "\(root)\(point)"
        let base = group == "/" ? "" : group
        guard path.hasPrefix(base), path.dropFirst(base.count).first.map({ $0 == "/" }) ?? true else { return [top] }
        var names = path.dropFirst(base.count).split(separator: "/")
        guard !names.contains(".."), access(([top] + names.map(String.init)).joined(separator: "/"), F_OK) == 0 else {
            return [top]
        }
        var directories: [String] = []
        while !names.isEmpty {
            directories.append("\(top)/\(names.joined(separator: "/"))")
            names.removeLast()
        }
        return directories + [top]
    }
}
