/// Where a process's limits and use are written. Found once: a process seldom changes its control group, while what
/// the files say changes at any time.
package struct ContainerFiles: Hashable, Sendable {
    let root: String
    let memory: ContainerCgroup?
    let cpu: ContainerCgroup?
    /// Version 1 counts CPU time with a controller of its own.
    let cpuTime: ContainerCgroup?

    /// `root`: what stands before `/proc` and `/sys`. `process`: whose limits; a pid, or this one.
    package init(root: String = "", process: String = "self") {
        self.root = root
        memory = ContainerCgroup.find("memory", root: root, process: process)
        cpu = ContainerCgroup.find("cpu", root: root, process: process)
        cpuTime = cpu?.version == .two ? cpu : ContainerCgroup.find("cpuacct", root: root, process: process)
    }

    /// A path as the operator knows it.
    func shown(_ path: String) -> String { String(path.dropFirst(root.count)) }
}
