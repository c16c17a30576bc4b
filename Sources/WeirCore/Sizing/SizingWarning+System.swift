extension SizingWarning {
    /// The kernel cuts a listener's queue of unaccepted connections to `net.core.somaxconn` without a word.
    ///
    /// Worked row: backlog 4096, somaxconn 128.
    package static func backlogCut(backlog: Int, somaxconn: Int) -> SizingWarning? {
        guard backlog > somaxconn else { return nil }
        return SizingWarning(
            .backlogCut,
            "the listeners' backlog is \(backlog), but net.core.somaxconn is \(somaxconn), and the kernel takes the"
                + " less: in a burst, connections beyond \(somaxconn) a listener are dropped. Set"
                + " net.core.somaxconn=\(backlog) (docker: --sysctl; Kubernetes: securityContext.sysctls; ECS:"
                + " systemControls)")
    }

    /// Fewer open files allowed than ``DescriptorNeed`` says.
    ///
    /// Worked row: limit 1,024, 10,000 connections, 20 workers: 20,316 are needed, and 1,024 suffice for 354.
    package static func tooFewDescriptors(limit: Int, connections: Int, workers: Int, idleUpstreams: Int)
        -> SizingWarning?
    {
        func need(_ connections: Int) -> Int {
            DescriptorNeed.descriptors(connections: connections, workers: workers, idleUpstreams: idleUpstreams)
        }
        let needed = need(connections)
        guard limit < needed else { return nil }
        let fit = max(0, (limit - need(0)) / 2)
        let idle = idleUpstreams > 0 ? " \(idleUpstreams) idle upstream connections +" : ""
        return SizingWarning(
            .tooFewDescriptors,
            "\(limit) files may be open, but \(connections) connections x 2 + \(workers) workers x 3 +\(idle)"
                + " \(DescriptorNeed.reserve) = \(needed): under load, accepting and opening files will fail. Raise the hard"
                + " limit of nofile to \(needed) (ECS: ulimits; docker: --ulimit nofile=\(needed); systemd: LimitNOFILE), or"
                + " set limits.connections to \(fit)")
    }

    /// Times that contradict each other. What concerns `timeouts` alone is said when the configuration is read.
    ///
    /// Worked row: queue.timeout 60 s, timeouts.request 30 s, timeouts.graceful 20 s: both.
    package static func queueOutlives(
        name: String, queueTimeout: Nanoseconds, requestTimeout: Nanoseconds, graceful: Nanoseconds
    ) -> [SizingWarning] {
        var warnings: [SizingWarning] = []
        let wait = "\(Figures.short(queueTimeout.seconds)) s"
        if queueTimeout > requestTimeout {
            warnings.append(
                SizingWarning(
                    .queueOutlivesRequest,
                    "\(name): a request may wait \(wait) (queue.timeout) but run only"
                        + " \(Figures.short(requestTimeout.seconds)) s (timeouts.request): its client has mostly gone"
                        + " before its turn. Set queue.timeout to what a visitor waits, a few seconds"))
        }
        if queueTimeout > graceful {
            warnings.append(
                SizingWarning(
                    .queueOutlivesStop,
                    "\(name): a request may wait \(wait) (queue.timeout), but a stop waits"
                        + " \(Figures.short(graceful.seconds)) s (timeouts.graceful): what still waits then is lost. Set"
                        + " queue.timeout below timeouts.graceful"))
        }
        return warnings
    }
}
