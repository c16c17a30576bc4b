-- wrk prints for people; this prints the same figures once more, for bench/load.py.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\nFIGURES {"requests": %d, "microseconds": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, ' ..
        '"connect_errors": %d, "read_errors": %d, "write_errors": %d, "timeouts": %d, "bad_statuses": %d}\n',
        summary.requests, summary.duration, summary.bytes,
        latency:percentile(50), latency:percentile(99), latency.max,
        errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
