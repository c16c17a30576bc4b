/// What OPcache says of itself: `opcache_get_status(false)`.
package struct OPcacheUse: Hashable, Sendable {
    package var used: Bytes
    package var free: Bytes
    package var wasted: Bytes
    package var cachedKeys: Int
    package var maxKeys: Int

    package init(used: Bytes, free: Bytes, wasted: Bytes, cachedKeys: Int, maxKeys: Int) {
        self.used = used
        self.free = free
        self.wasted = wasted
        self.cachedKeys = cachedKeys
        self.maxKeys = maxKeys
    }
}

extension SizingWarning {
    static let opcacheFullShare = 0.95
    /// PHP's own `opcache.max_wasted_percentage` is 5; three times that is a pattern.
    static let opcacheWastedShare = 0.15

    /// A full cache does not evict: what does not fit is compiled again at every request.
    ///
    /// Worked rows: 126 MiB used, 2 free, 0 wasted: 98 % full. 90 used, 8 free, 30 wasted: 23 % wasted. 16,100 of
    /// 16,229 keys: 99 %.
    package static func opcache(app: String, _ use: OPcacheUse) -> [SizingWarning] {
        let total = use.used + use.free + use.wasted
        guard total > 0 else { return [] }
        func percent(_ part: Int, _ whole: Int) -> String {
            Figures.decimal(Double(part) / Double(max(1, whole)) * 100, 0)
        }
        var warnings: [SizingWarning] = []
        if use.used + use.wasted > total * opcacheFullShare {
            let advised = Bytes.mebibytes((total.count * 3 / 2 + 1_048_575) >> 20)
            warnings.append(
                SizingWarning(
                    .opcacheFull,
                    "app '\(app)': OPcache is full: \((use.used + use.wasted).inMebibytes) of \(total.inMebibytes) taken"
                        + " (\(percent(use.used.count + use.wasted.count, total.count)) %). Scripts that do not fit are"
                        + " compiled at every request. Set php.admin.opcache.memory_consumption to"
                        + " \(advised.count >> 20)"))
        }
        if use.wasted > total * opcacheWastedShare {
            warnings.append(
                SizingWarning(
                    .opcacheWasteful,
                    "app '\(app)': \(use.wasted.inMebibytes) of OPcache's \(total.inMebibytes)"
                        + " (\(percent(use.wasted.count, total.count)) %) hold scripts that have changed since. Set"
                        + " php.admin.opcache.validate_timestamps to 0 and reload Weir at each deployment"))
        }
        if use.maxKeys > 0, Double(use.cachedKeys) > Double(use.maxKeys) * opcacheFullShare {
            warnings.append(
                SizingWarning(
                    .opcacheKeysFull,
                    "app '\(app)': OPcache holds \(use.cachedKeys) of at most \(use.maxKeys) keys"
                        + " (\(percent(use.cachedKeys, use.maxKeys)) %); scripts beyond that are compiled at every"
                        + " request. Set php.admin.opcache.max_accelerated_files to \(use.maxKeys * 2)"))
        }
        return warnings
    }
}
