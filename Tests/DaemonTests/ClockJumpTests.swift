import Foundation
import Safeguarding
import TestSupport
import Testing

/// The machine's clock jumps under a running daemon; a shim before the C library plays the clock.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: FakeClock.isAvailable, "there is no C compiler to build the clock with")
)
struct ClockJumpTests {
    @Test(.timeLimit(.minutes(5)))
    func `a clock that jumps ahead and back ends no session and loses, doubles and reorders nothing`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let clock = try await FakeClock(in: installation.state)
            let daemon = try await installation.start(clock.environment)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "clock")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            var expected = 0
            // Hours ahead, as by a wrong time source; back; and behind by less than what a report may be early.
            for jump in [0, 3 * 3600, 0, -120, 26 * 3600, 0] as [Int64] {
                try clock.jump(to: jump)
                for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http), "at \(jump)") }
                expected += 3
                await follower.reached(expected)
            }
            let log = try await installation.loggedPositions()
            #expect(follower.positions == log)
            #expect(log.count == expected)
            #expect(follower.faults == [])
            // It was the daemon's clock that jumped: what it says at its end is dated tomorrow.
            try clock.jump(to: 26 * 3600)
            #expect(await daemon.terminate() == 0)
            await following
            let said = try JSONReader.read(bytes: Array(try #require(daemon.log.split(separator: "\n").last).utf8))
            let later = Moment(seconds: Int64(Date().timeIntervalSince1970) + 25 * 3600)
            #expect(try #require(said["time"]?.string) > later.rfc3339, "\(said)")
        }
    }
}

/// A wall clock that a test sets for one process; what measures durations goes on as it was.
struct FakeClock {
    static let isAvailable = Tool.find("cc") != nil

    /// Stands before the C library's clocks and adds the seconds that the file holds.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/time.h>
        #include <time.h>
        static volatile const long *ahead;
        __attribute__((constructor)) static void begin(void) {
            const char *path = getenv("FAKE_CLOCK_FILE");
            int file = path ? open(path, O_RDONLY) : -1;
            void *mapped = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
            if (mapped == MAP_FAILED) abort();
            ahead = mapped;
        }
        int clock_gettime(clockid_t id, struct timespec *now) {
            int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(id, now);
            if (result == 0 && id == CLOCK_REALTIME && ahead) now->tv_sec += *ahead;
            return result;
        }
        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec exact;
            (void)zone;
            if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
            *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
            return 0;
        }
        time_t time(time_t *now) {
            struct timespec exact;
            clock_gettime(CLOCK_REALTIME, &exact);
            if (now) *now = exact.tv_sec;
            return exact.tv_sec;
        }
        """

    private let directory: String
    private var file: String { directory + "/clock" }
    private var library: String { directory + "/clock.so" }

    /// Builds the shim in the directory.
    init(in directory: String) async throws {
        self.directory = directory
        try Data(repeating: 0, count: 8).write(to: URL(filePath: file))
        try Self.shim.write(toFile: directory + "/clock.c", atomically: true, encoding: .utf8)
        let compiler = try #require(Tool.find("cc"))
        let (status, output) = try await ChildProcess.run(
            compiler,
            ["-shared", "-fPIC", "-o", library, directory + "/clock.c", "-ldl"]
        )
        try #require(status == 0, "\(output)")
    }

    var environment: [String: String] { ["LD_PRELOAD": library, "FAKE_CLOCK_FILE": file] }

    /// - Parameter seconds: How far the clock is ahead of the true one from now on.
    func jump(to seconds: Int64) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.write(contentsOf: Data((0..<8).map { UInt8(truncatingIfNeeded: seconds >> (8 * $0)) }))
        try handle.close()
    }
}
