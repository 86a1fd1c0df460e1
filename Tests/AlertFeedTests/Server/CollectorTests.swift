import Safeguarding
import Synchronization
import Testing

@testable import AlertFeed

@Suite(.timeLimit(.minutes(10)))
struct CollectorTests {
    private struct Refused: Error {}

    private func with(
        _ collector: Collector<Int, String>,
        answering answer: @escaping @Sendable ([Int]) async throws -> [Result<String, any Error>],
        _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await collector.run(answer) }
            try await body()
            group.cancelAll()
        }
    }

    @Test func `everybody gets the own answer, and who asks meanwhile is answered together`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 64)
        let batches = Mutex<[Int]>([])
        let gate = Doorbell()
        try await with(collector) { questions in
            let isFirst = batches.withLock { sizes in
                sizes.append(questions.count)
                return sizes.count == 1
            }
            // The first batch takes as long as it needs for all others to have asked.
            if isFirst { _ = await gate.wait(after: 0) }
            return questions.map { .success("answer \($0)") }
        } _: {
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<200 { group.addTask { (number, try await collector.ask(number)) } }
                group.addTask {
                    while collector.waitingCount < 200, !Task.isCancelled { await Task.yield() }
                    gate.ring()
                    return (-1, "answer -1")
                }
                for try await (number, answer) in group { #expect(answer == "answer \(number)") }
            }
        }
        let sizes = batches.withLock { $0 }
        #expect(sizes.reduce(0, +) == 200)
        #expect(sizes.allSatisfy { $0 <= 64 })
        #expect(sizes.count <= 5, "one alone or few, then 64 at a time: \(sizes)")
    }

    @Test(arguments: [1, 3]) func `never more batches than its places are under way`(places: Int) async throws {
        let collector = Collector<Int, String>(atOnce: places, most: 4)
        let inside = Mutex((now: 0, most: 0))
        try await with(collector) { questions in
            inside.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            for _ in 0..<5 { await Task.yield() }
            inside.withLock { $0.now -= 1 }
            return questions.map { .success("\($0)") }
        } _: {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let answer = try await collector.ask(number)
                        #expect(answer == "\(number)")
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect((1...places).contains(inside.withLock { $0.most }))
    }

    @Test func `a question that breaks its batch fails alone`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 64)
        let (began, gate) = (Doorbell(), Doorbell())
        try await with(collector) { questions in
            if questions == [-1] {
                began.ring()
                _ = await gate.wait(after: 0)
                return [.success("first")]
            }
            if questions.contains(7) { throw Refused() }
            return questions.map { .success("\($0)") }
        } _: {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await collector.ask(-1) }
                _ = await began.wait(after: 0)
                for number in 0..<20 {
                    group.addTask {
                        if number == 7 {
                            await #expect(throws: Refused.self) { try await collector.ask(7) }
                        } else {
                            let answer = try await collector.ask(number)
                            #expect(answer == "\(number)")
                        }
                    }
                }
                while collector.waitingCount < 21, !Task.isCancelled { await Task.yield() }
                gate.ring()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a database that is away is asked once for all of a batch`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 64)
        let asked = Mutex(0)
        let gate = Doorbell()
        try await with(collector) { _ in
            let isFirst = asked.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { _ = await gate.wait(after: 0) }
            throw StoreFailure.unavailable
        } _: {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { await #expect(throws: StoreFailure.self) { try await collector.ask(number) } }
                }
                while collector.waitingCount < 20, !Task.isCancelled { await Task.yield() }
                gate.ring()
                try await group.waitForAll()
            }
        }
        #expect(asked.withLock { $0 } <= 3)
    }

    /// Asks one question, and nine more while it is being answered; what each was told, in order.
    private func answers(
        of collector: Collector<Int, String>,
        failing: @escaping @Sendable ([Int]) throws -> Void
    ) async throws -> (told: [String], asked: [[Int]]) {
        let asked = Mutex<[[Int]]>([])
        let (began, gate) = (Doorbell(), Doorbell())
        var told: [Int: String] = [:]
        try await with(collector) { questions in
            asked.withLock { $0.append(questions) }
            if questions == [0] {
                began.ring()
                _ = await gate.wait(after: 0)
            }
            try failing(questions)
            return questions.map { .success("answer \($0)") }
        } _: {
            told = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                @Sendable func ask(_ number: Int) async -> (Int, String) {
                    do { return (number, try await collector.ask(number)) } catch {
                        return (number, "\(type(of: error))")
                    }
                }
                group.addTask { await ask(0) }
                _ = await began.wait(after: 0)
                for number in 1..<10 { group.addTask { await ask(number) } }
                while collector.waitingCount < 10, !Task.isCancelled { await Task.yield() }
                gate.ring()
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(try await collector.ask(10) == "answer 10", "the next is asked as ever")
        }
        return (told.sorted { $0.key < $1.key }.map(\.value), asked.withLock { $0 })
    }

    @Test func `who waits behind a question that is not answered in time is told so with it`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 4)
        let (told, asked) = try await answers(of: collector) { if $0 == [0] { throw DeadlineExceeded() } }
        #expect(told == Array(repeating: "DeadlineExceeded", count: 10))
        #expect(asked == [[0], [10]])
    }

    @Test func `of a broken batch nobody is asked for alone behind one that is not answered in time`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 9)
        let alone = Mutex(0)
        let (told, asked) = try await answers(of: collector) { questions in
            if questions.count > 1 { throw Refused() }
            let number = alone.withLock { count in
                count += 1
                return count
            }
            // The first is the one that the others waited for.
            if number == 3 { throw DeadlineExceeded() }
        }
        #expect(asked.map(\.count) == [1, 9, 1, 1, 1], "the last is the next that asks")
        #expect(told.count { $0 == "DeadlineExceeded" } == 8)
    }

    @Test func `whoever is cancelled while waiting or being answered gets away at once`() async throws {
        let collector = Collector<Int, String>(atOnce: 1, most: 1)
        let gate = Doorbell()
        try await with(collector) { questions in
            if questions == [0] { _ = await gate.wait(after: 0) }
            return questions.map { .success("\($0)") }
        } _: {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        await #expect(throws: CancellationError.self) { _ = try await collector.ask(0) }
                    }
                }
                while collector.waitingCount < 50, !Task.isCancelled { await Task.yield() }
                group.cancelAll()
            }
            #expect(collector.waitingCount == 0)
            gate.ring()
            let answer = try await collector.ask(9)
            #expect(answer == "9")
        }
    }

    @Test
    func
        `who is called back is called once, in the order of asking, and who takes it back is neither asked for nor called`()
        async throws
    {
        let collector = Collector<Int, String>(atOnce: 1, most: 64)
        let (began, gate, called) = (Doorbell(), Doorbell(), Doorbell())
        let asked = Mutex<[Int]>([])
        let answers = Mutex<[String]>([])
        try await with(collector) { questions in
            asked.withLock { $0 += questions }
            if questions.contains(0) {
                began.ring()
                _ = await gate.wait(after: 0)
            }
            if questions.contains(5) { throw Refused() }
            return questions.map { .success("\($0)") }
        } _: {
            @Sendable func note(_ answer: Result<String, any Error>) {
                answers.withLock { $0.append((try? answer.get()) ?? "refused") }
                called.ring()
            }
            let first = collector.ask(0, then: note)
            _ = await began.wait(after: 0)
            let others = (1...5).map { collector.ask($0, then: note) }
            // One whose turn has not come, and one that is being asked.
            collector.takeBack(others[1])
            collector.takeBack(first)
            gate.ring()
            var seen: UInt64 = 0
            while seen < 4, !Task.isCancelled { seen = await called.wait(after: seen) }
            let last = try await collector.ask(6)
            #expect(last == "6")
        }
        #expect(answers.withLock { $0 } == ["1", "3", "4", "refused"])
        #expect(asked.withLock { $0.contains(2) } == false)
        #expect(collector.waitingCount == 0)
    }

    @Test(arguments: [(0, 0), (10, 20), (24, 48), (25, 50), (26, 50), (5_000, 50)])
    func `after a batch it rests a multiple of the time that the answer took, up to the longest rest`(
        took: Int,
        rest: Int
    ) async throws {
        let clock = RestingClock()
        let collector = Collector<Int, String>(
            atOnce: 1,
            most: 4,
            pace: .init(clock: clock, factor: 2, least: 2, many: 1, longest: .milliseconds(50))
        )
        try await with(collector) { questions in
            clock.work(for: .milliseconds(took))
            return questions.map { .success("\($0)") }
        } _: {
            for number in 0..<3 {
                let answer = try await collector.ask(number)
                #expect(answer == "\(number)")
            }
        }
        let rests = clock.rests.prefix(2)
        #expect(Array(rests) == (rest == 0 ? [] : [.milliseconds(rest), .milliseconds(rest)]))
    }

    @Test func `a rest ends with the collector`() async throws {
        let clock = ManualClock()
        let collector = Collector<Int, String>(
            atOnce: 1,
            most: 4,
            pace: .init(clock: clock, factor: 2, least: 2, many: 1, longest: .seconds(4))
        )
        try await with(collector) { questions in
            try await clock.sleep(for: .seconds(1))
            return questions.map { .success("\($0)") }
        } _: {
            async let answer = collector.ask(1)
            await clock.advance(seconds: 1)
            let answered = try await answer
            #expect(answered == "1")
            await clock.sleepers(of: .seconds(2), atLeast: 1)
        }
    }

    @Test(arguments: [(1, 5), (8, 5), (9, 6), (16, 10), (32, 20), (33, 20), (256, 20)])
    func `the rest grows with those who ask together, from half of the time an answer took to twice`(
        _ questions: Int,
        _ milliseconds: Int
    ) {
        let pace = Collector<Int, Int>.Pace(
            clock: ManualClock(),
            factor: 2,
            least: 0.5,
            many: 32,
            longest: .milliseconds(25)
        )
        let rest = pace.rest(after: .milliseconds(10), of: questions)
        #expect(abs(rest / .milliseconds(1) - Double(milliseconds)) < 0.7)
        #expect(pace.rest(after: .seconds(1), of: questions) == .milliseconds(25))
    }
}
