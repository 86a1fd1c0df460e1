import Testing

@testable import Intake

extension BatchMachine.CommitterAction where Ticket == Int {
    fileprivate var text: String {
        switch self {
        case .commit(let batch): "commit \(batch)"
        case .sleep: "sleep"
        case .stop: "stop"
        }
    }
}

@Suite("Batch machine")
struct BatchMachineTests {
    private static func machine(queued: Int = 10, batch: Int = 3, queuedBytes: Int = 1_000, batchBytes: Int = 100)
        -> BatchMachine<Int>
    {
        BatchMachine(
            limits: QueueLimits(
                queuedReports: queued,
                queuedBytes: queuedBytes,
                batchReports: batch,
                batchBytes: batchBytes
            )
        )
    }

    @Test func `commits a lone report at once`() {
        var machine = Self.machine()
        #expect(machine.committerIsFree(wasAsleep: false).text == "sleep")
        #expect(machine.submit(1, size: 1) == .queued(wake: true))
        #expect(machine.committerIsFree(wasAsleep: true).text == "commit [1]")
    }

    @Test func `lets what arrives while all are busy go together`() {
        var machine = Self.machine()
        #expect(machine.submit(1, size: 1) == .queued(wake: false))
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [1]")
        for ticket in 2...5 { #expect(machine.submit(ticket, size: 1) == .queued(wake: false)) }
        #expect(machine.backlog == 4)
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [2, 3, 4]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [5]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "sleep")
    }

    @Test func `refuses what the queue cannot hold, by count and by bytes`() {
        var byCount = Self.machine(queued: 2)
        #expect(byCount.submit(1, size: 1) == .queued(wake: false))
        #expect(byCount.submit(2, size: 1) == .queued(wake: false))
        #expect(byCount.submit(3, size: 1) == .refused(.overloaded))
        var byBytes = Self.machine(queuedBytes: 100)
        #expect(byBytes.submit(1, size: 60) == .queued(wake: false))
        #expect(byBytes.submit(2, size: 40) == .queued(wake: false))
        #expect(byBytes.submit(3, size: 1) == .refused(.overloaded))
        #expect(byBytes.committerIsFree(wasAsleep: false).text == "commit [1, 2]")
        #expect(byBytes.submit(3, size: 500) == .queued(wake: false), "alone, anything fits")
    }

    @Test func `bounds a batch by bytes but takes one at least`() {
        var machine = Self.machine()
        for (ticket, size) in [(1, 60), (2, 41), (3, 200), (4, 1)] { _ = machine.submit(ticket, size: size) }
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [1]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [2]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [3]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "commit [4]")
    }

    @Test func `drains: nothing new, everything accepted, then stop`() {
        var machine = Self.machine()
        _ = machine.committerIsFree(wasAsleep: false)
        _ = machine.submit(1, size: 1)
        let shouldWake = machine.drain()
        #expect(shouldWake, "the sleeper should hear of it")
        #expect(machine.submit(2, size: 1) == .refused(.draining))
        #expect(machine.committerIsFree(wasAsleep: true).text == "commit [1]")
        #expect(machine.committerIsFree(wasAsleep: false).text == "stop")
    }

    @Test func `abandons what waits`() {
        var machine = Self.machine()
        _ = machine.submit(1, size: 1)
        _ = machine.submit(2, size: 1)
        #expect(machine.abandon() == [1, 2])
        #expect(machine.backlog == 0)
        #expect(machine.submit(3, size: 1) == .refused(.draining))
        #expect(machine.committerIsFree(wasAsleep: false).text == "stop")
    }

    @Test(arguments: [UInt64(11), 12, 13, 14])
    func `keeps every ticket once and in order, whatever happens`(_ seed: UInt64) {
        var dice = Dice(seed: seed)
        let limits = QueueLimits(queuedReports: 20, queuedBytes: 300, batchReports: 4, batchBytes: 50)
        var machine = BatchMachine<Int>(limits: limits)
        var accepted: [Int] = []
        var committed: [Int] = []
        var asleep = 0
        for ticket in 0..<5_000 {
            if dice.below(2) == 0 {
                switch machine.submit(ticket, size: dice.below(60)) {
                case .queued(let wake):
                    accepted.append(ticket)
                    #expect(wake == (asleep > 0), "seed \(seed)")
                case .refused(let reason): #expect(reason == .overloaded && machine.backlog > 0, "seed \(seed)")
                }
            }
            if asleep == 0 || dice.below(3) == 0 {
                switch machine.committerIsFree(wasAsleep: asleep > 0) {
                case .commit(let batch):
                    #expect((1...4).contains(batch.count), "seed \(seed)")
                    committed += batch
                    asleep = 0
                case .sleep: asleep = 1
                case .stop: Issue.record("stopped, seed \(seed)")
                }
            }
            #expect(machine.backlog <= 20, "seed \(seed)")
        }
        #expect(accepted == committed + machine.abandon(), "seed \(seed)")
    }
}
