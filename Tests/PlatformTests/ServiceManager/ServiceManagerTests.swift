import Glibc
import TestSupport
import Testing

@testable import Platform

@Suite struct ServiceManagerTests {
    @Test func `sends several assignments as one message`() throws {
        let temporary = try TemporaryDirectory()
        let path = "\(temporary.path)/notify"
        let socket = try ListeningSocket(path: path, type: SOCK_DGRAM)
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
        try manager.notify([.ready, .status("serving")])
        try manager.notify([.extendTimeout(.milliseconds(30_500))])
        #expect(socket.receive() == "READY=1\nSTATUS=serving")
        #expect(socket.receive() == "EXTEND_TIMEOUT_USEC=30500000")
        #expect(socket.receive() == nil)
    }

    @Test func `speaks to a socket in the abstract namespace`() throws {
        let name = "@placeguard-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let socket = try ListeningSocket(path: name, type: SOCK_DGRAM)
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": name]))
        try manager.notify([.stopping])
        #expect(socket.receive() == "STOPPING=1")
    }

    @Test func `never waits when nobody reads`() throws {
        let temporary = try TemporaryDirectory()
        let path = "\(temporary.path)/notify"
        let socket = try ListeningSocket(path: path, type: SOCK_DGRAM)
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
        var refused: SystemError?
        for _ in 0..<10_000 where refused == nil {
            do { try manager.notify([.watchdog]) } catch { refused = error }
        }
        #expect(refused?.wouldBlock == true)
        #expect(socket.receive() == "WATCHDOG=1")
    }

    @Test func `reports a manager that is gone`() throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent/notify"]))
        #expect(throws: SystemError.self) { try manager.notify([.ready]) }
    }

    @Test(arguments: [nil, "", "relative/path", "vsock:2:1234", "/" + String(repeating: "x", count: 107)])
    func `there is no manager without a socket it can reach`(path: String?) {
        #expect(ServiceManager(environment: path.map { ["NOTIFY_SOCKET": $0] } ?? [:]) == nil)
    }

    @Test(
        arguments: [
            (["WATCHDOG_USEC": "20000000"], 20),
            (["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "77"], 20),
            (["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "78"], nil),
            (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "-5"], nil), ([:], nil),
        ] as [([String: String], Int?)]
    )
    func `knows when a sign of life is wanted from this process`(watchdog: [String: String], seconds: Int?) throws {
        let environment = watchdog.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }
        let manager = try #require(ServiceManager(environment: environment, pid: 77))
        #expect(manager.watchdogInterval == seconds.map { Duration.seconds($0) })
    }

    @Test func `a status cannot smuggle in another assignment`() {
        #expect(ServiceNotification.status("one\nREADY=1\r\ntwo\u{2028}three").line == "STATUS=one READY=1 two three")
    }

    @Test func `a negative extension is none`() {
        #expect(ServiceNotification.extendTimeout(.seconds(-1)).line == "EXTEND_TIMEOUT_USEC=0")
        #expect(ServiceNotification.extendTimeout(.nanoseconds(1_999)).line == "EXTEND_TIMEOUT_USEC=1")
    }
}
