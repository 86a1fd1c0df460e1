package import Safeguarding

/// What became of one line of a stream of reports.
package struct LineResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case settled(CommitOutcome)
        /// Not valid: nothing was stored.
        case invalid([Fault])
        /// Sound, but not taken in just now.
        case refused(IntakeRefusal)
    }

    /// Counted from 1.
    package var line: Int
    package var outcome: Outcome

    package init(line: Int, outcome: Outcome) {
        self.line = line
        self.outcome = outcome
    }
}

/// Takes in newline-delimited JSON: one result for each line, in order, as they commit.
///
/// No more than a window of lines is in work; while they commit nothing is read, so a fast sender is held back by its own
/// connection. A sender that stops in the middle of a line loses that line and nothing else.
package struct ReportStream: Sendable {
    /// Lines in work at once: fills a transaction beside other senders without filling the queue alone.
    package static let window = 128

    private let validator: ReportValidator
    private let service: IntakeService
    private let principal: Principal

    package init(validator: ReportValidator, service: IntakeService, principal: Principal) {
        self.validator = validator
        self.service = service
        self.principal = principal
    }

    /// Reads to the end of `chunks`, handing each window's results to `answer` in order. Throws what these two throw.
    @concurrent
    package func run<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks,
        answer: @Sendable ([LineResult]) async throws -> Void
    ) async throws where Chunks.Element == [UInt8] {
        var splitter = NDJSONSplitter()
        var line = 0
        for try await chunk in chunks {
            try await settle(splitter.push(chunk), after: &line, answer)
            if splitter.isExhausted { return }
        }
        try await settle(splitter.finish(), after: &line, answer)
    }

    private func settle(
        _ lines: [NDJSONSplitter.Line],
        after line: inout Int,
        _ answer: @Sendable ([LineResult]) async throws -> Void
    ) async throws {
        var rest = lines[...]
        while !rest.isEmpty {
            let window = Array(rest.prefix(ReportStream.window))
            rest = rest.dropFirst(window.count)
            let first = line + 1
            line += window.count
            try await answer(await results(of: window, from: first))
        }
    }

    private func results(of window: [NDJSONSplitter.Line], from first: Int) async -> [LineResult] {
        await withTaskGroup(of: (Int, LineResult.Outcome).self) { group in
            var outcomes: [LineResult.Outcome?] = Array(repeating: nil, count: window.count)
            for (index, line) in window.enumerated() {
                switch validated(line) {
                case .success(let report): group.addTask { (index, await self.submit(report)) }
                case .failure(let invalid):
                    IntakeMetrics.countRefusals(invalid.faults.map(\.reason))
                    outcomes[index] = .invalid(invalid.faults)
                }
            }
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes.enumerated().compactMap { index, outcome in
                outcome.map { LineResult(line: first + index, outcome: $0) }
            }
        }
    }

    private func submit(_ report: ValidatedReport) async -> LineResult.Outcome {
        do { return .settled(try await service.submit(report)) } catch { return .refused(error) }
    }

    private func validated(_ line: NDJSONSplitter.Line) -> Result<ValidatedReport, InvalidReport> {
        switch line {
        case .line(let bytes):
            do { return .success(try validator.validate(bytes, from: principal)) } catch { return .failure(error) }
        case .tooLong:
            let accepted = "at most \(NDJSONSplitter.lineBytes) bytes"
            return .failure(InvalidReport(.tooLarge, message: "the line is too long", accepted: accepted))
        case .streamTooLarge:
            let accepted = "at most \(NDJSONSplitter.streamBytes) bytes"
            return .failure(
                InvalidReport(.tooLarge, message: "the stream is too large; send the rest anew", accepted: accepted)
            )
        }
    }
}
