import Glibc

/// The system's clock of the day.
///
/// For log lines only: the clock of record is the database server's.
package enum WallClock {
    /// Milliseconds since 1970-01-01 UTC.
    package static func milliseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    /// When the system booted, by the clock as it is set now, in milliseconds since 1970-01-01 UTC.
    ///
    /// From the clocks rather than from `/proc/stat`, which a hardened service does not see (`ProcSubset=pid`).
    static func bootTime() -> Int64 {
        read(CLOCK_REALTIME) - read(CLOCK_BOOTTIME)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Both clocks always exist, so the call cannot fail.
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
