/// What OPcache says of itself: `opcache_get_status(false)`.
package struct OPcacheUse: Hashable, Sendable {
    package var used: Bytes
    package var free: Bytes
    package var wasted: Bytes
    package var cachedKeys: Int
    package var maxKeys: Int
    package var scripts: Int
    package var hits: Int
    package var misses: Int

    package init(
        used: Bytes, free: Bytes, wasted: Bytes, cachedKeys: Int, maxKeys: Int, scripts: Int = 0, hits: Int = 0,
        misses: Int = 0
    ) {
        self.used = used
        self.free = free
        self.wasted = wasted
        self.cachedKeys = cachedKeys
        self.maxKeys = maxKeys
        self.scripts = scripts
        self.hits = hits
        self.misses = misses
    }
}

extension SizingWarning {
    static let opcacheFullShare = 0.95
    /// PHP's own `opcache.max_wasted_percentage` is 5; three times that is a pattern.
    static let opcacheWastedShare = 0.15

    static let opcacheHitRate = 0.95
    /// Each script has to be missed once; from here on that is a fortieth of the lookups at most.
    static let opcacheLookupsPerScript = 40
    static let opcacheLookupsMin = 10_000

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
        return warnings + [opcacheMisses(app: app, use)].compactMap { $0 }
    }

    /// Scripts that are looked up in vain again and again: not cached, or thrown out.
    ///
    ///     H = hits / (hits + misses)     a warning below 95 %, once L = hits + misses is 40 a script and 10,000
    ///
    /// Worked rows: 200 scripts, 9,000 hits, 1,000 misses: 90 %, a warning. 400 scripts, the same: 10,000 lookups are less
    /// than 16,000, none yet.
    private static func opcacheMisses(app: String, _ use: OPcacheUse) -> SizingWarning? {
        let lookups = use.hits + use.misses
        guard lookups >= max(opcacheLookupsMin, opcacheLookupsPerScript * use.scripts),
            Double(use.hits) < Double(lookups) * opcacheHitRate
        else { return nil }
        let rate = Figures.decimal(Double(use.hits) / Double(lookups) * 100, 0)
        return SizingWarning(
            .opcacheMisses,
            "app '\(app)': OPcache had only \(rate) % of the \(lookups) scripts it was asked for; the others were compiled"
                + " at the request. Look for code that the application writes again and again, for"
                + " php.admin.opcache.blacklist_filename, and for a file system whose times change")
    }
}
