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
    package static func tooFewDescriptors(limit: Int, connections: Int, workers: Int) -> SizingWarning? {
        let need = DescriptorNeed.descriptors(connections: connections, workers: workers)
        guard limit < need else { return nil }
        let fit = max(0, (limit - DescriptorNeed.descriptors(connections: 0, workers: workers)) / 2)
        return SizingWarning(
            .tooFewDescriptors,
            "\(limit) files may be open, but \(connections) connections x 2 + \(workers) workers x 3 +"
                + " \(DescriptorNeed.reserve) = \(need): under load, accepting and opening files will fail. Raise the hard"
                + " limit of nofile to \(need) (ECS: ulimits; docker: --ulimit nofile=\(need); systemd: LimitNOFILE), or"
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
