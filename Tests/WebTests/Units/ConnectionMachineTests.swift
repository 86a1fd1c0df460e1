import NIOCore
import Testing

@testable import Web

/// The clock of a connection, event by event, without a socket.
@Suite struct ConnectionMachineTests {
    static let limits: WebLimits = {
        var limits = WebLimits()
        limits.headTimeout = .seconds(10)
        limits.keepAlive = .seconds(60)
        limits.bodyGrace = .seconds(20)
        limits.bodyBytesPerSecond = 500
        limits.writeStall = .seconds(30)
        limits.linger = .seconds(2)
        return limits
    }()

    static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }

    static func machine(_ refusal: ConnectionMachine.Refusal? = nil) -> ConnectionMachine {
        ConnectionMachine(limits: limits, refusal: refusal, now: at(0))
    }

    @Test(arguments: [9, 10, 11] as [Int64])
    func `a first head that does not come closes the connection at the limit`(second: Int64) {
        var machine = ConnectionMachineTests.machine()
        #expect(machine.deadline == ConnectionMachineTests.at(10))
        #expect(machine.expire(now: ConnectionMachineTests.at(second)) == (second < 10 ? .none : .close(.head)))
    }

    @Test func `between two requests the longer limit holds`() {
        var machine = ConnectionMachineTests.machine()
        #expect(machine.head(expectsContinue: false, now: ConnectionMachineTests.at(1)) == .forward)
        #expect(machine.end(now: ConnectionMachineTests.at(1)) == .forward)
        #expect(machine.deadline == nil, "while we answer nothing runs out")
        machine.answerBegins(closes: false)
        #expect(machine.answerEnds(now: ConnectionMachineTests.at(5)) == .none)
        #expect(machine.deadline == ConnectionMachineTests.at(65))
        #expect(machine.expire(now: ConnectionMachineTests.at(65)) == .close(.keepAlive))
    }

    @Test func `a body earns time by the bytes it brings`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        #expect(machine.deadline == ConnectionMachineTests.at(20))
        #expect(machine.body(bytes: 5_000) == .forward)
        #expect(machine.deadline == ConnectionMachineTests.at(30))
        #expect(machine.expire(now: ConnectionMachineTests.at(29)) == .none)
        #expect(machine.expire(now: ConnectionMachineTests.at(30)) == .refuse(.bodyTooSlow))
        #expect(machine.deadline == ConnectionMachineTests.at(32))
        #expect(machine.body(bytes: 1) == .drop)
        #expect(machine.expire(now: ConnectionMachineTests.at(32)) == .close(.linger))
    }

    @Test func `time in which we did not read is not the client's`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        machine.pauses(now: ConnectionMachineTests.at(5))
        #expect(machine.deadline == nil)
        #expect(machine.expire(now: ConnectionMachineTests.at(500)) == .none)
        machine.reads(now: ConnectionMachineTests.at(105))
        #expect(machine.deadline == ConnectionMachineTests.at(120))
        machine.reads(now: ConnectionMachineTests.at(106))
        #expect(machine.deadline == ConnectionMachineTests.at(120))
    }

    @Test func `a slow body whose answer has begun is cut without another answer`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        machine.answerBegins(closes: false)
        #expect(machine.expire(now: ConnectionMachineTests.at(20)) == .close(.body))
    }

    @Test func `a body that goes on after its answer keeps its clock`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        machine.answerBegins(closes: false)
        #expect(machine.answerEnds(now: ConnectionMachineTests.at(1)) == .none)
        #expect(machine.deadline == ConnectionMachineTests.at(20))
        #expect(machine.end(now: ConnectionMachineTests.at(2)) == .forward)
        #expect(machine.deadline == ConnectionMachineTests.at(62))
    }

    @Test func `an answer that closes ends our side and lingers`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        machine.answerBegins(closes: true)
        #expect(machine.answerEnds(now: ConnectionMachineTests.at(1)) == .endOutput)
        #expect(machine.head(expectsContinue: false, now: ConnectionMachineTests.at(1)) == .drop)
        #expect(machine.end(now: ConnectionMachineTests.at(1)) == .drop)
        #expect(machine.deadline == ConnectionMachineTests.at(3))
    }

    @Test func `a connection too many is told so at its first head`() {
        for refusal in [ConnectionMachine.Refusal.tooManyFromAddress, .tooMany] {
            var machine = ConnectionMachineTests.machine(refusal)
            #expect(machine.head(expectsContinue: true, now: ConnectionMachineTests.at(0)) == .refuse(refusal))
            #expect(machine.body(bytes: 1) == .drop)
            #expect(machine.deadline == ConnectionMachineTests.at(2))
        }
    }

    @Test func `a client that asks before sending is told to go on, but not in the middle of an answer`() {
        var machine = ConnectionMachineTests.machine()
        #expect(machine.head(expectsContinue: true, now: ConnectionMachineTests.at(0)) == .continueAndForward)
        _ = machine.end(now: ConnectionMachineTests.at(0))
        #expect(machine.head(expectsContinue: true, now: ConnectionMachineTests.at(0)) == .forward)
    }

    @Test func `pipelined requests are answered one by one and the clock waits for the last`() {
        var machine = ConnectionMachineTests.machine()
        for _ in 0..<3 {
            #expect(machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0)) == .forward)
            #expect(machine.end(now: ConnectionMachineTests.at(0)) == .forward)
        }
        for second in [1, 2] as [Int64] {
            machine.answerBegins(closes: false)
            _ = machine.answerEnds(now: ConnectionMachineTests.at(second))
            #expect(machine.deadline == nil)
        }
        machine.answerBegins(closes: false)
        _ = machine.answerEnds(now: ConnectionMachineTests.at(3))
        #expect(machine.deadline == ConnectionMachineTests.at(63))
    }

    @Test func `a client that takes nothing of its answer is cut`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        _ = machine.end(now: ConnectionMachineTests.at(0))
        machine.answerBegins(closes: false)
        machine.writability(false, now: ConnectionMachineTests.at(1))
        machine.writability(false, now: ConnectionMachineTests.at(20))
        #expect(machine.deadline == ConnectionMachineTests.at(31))
        machine.writability(true, now: ConnectionMachineTests.at(25))
        #expect(machine.deadline == nil)
        machine.writability(false, now: ConnectionMachineTests.at(40))
        #expect(machine.expire(now: ConnectionMachineTests.at(70)) == .close(.write))
    }

    @Test func `our side ended by the server lingers too`() {
        var machine = ConnectionMachineTests.machine()
        _ = machine.head(expectsContinue: false, now: ConnectionMachineTests.at(0))
        machine.outputEnds(now: ConnectionMachineTests.at(4))
        #expect(machine.expire(now: ConnectionMachineTests.at(6)) == .close(.linger))
        #expect(machine.deadline == nil)
    }
}
