import Glibc
import Platform
import Testing

@Suite struct ResourceLimitsTests {
    @Test func `raises open files, never lowers them, and stops at what is allowed`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let hard = UInt64(limit.rlim_max)
            limit.rlim_cur = 256
            let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            try #require(status == 0)
            try #require(try ResourceLimits.raiseOpenFiles(to: 512) == 512)
            try #require(try ResourceLimits.raiseOpenFiles(to: 300) == 512)
            if geteuid() != 0 {
                try #require(try ResourceLimits.raiseOpenFiles(to: hard + 1) == hard)
            }
        }
    }
}
