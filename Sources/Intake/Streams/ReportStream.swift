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
    private let recheckAfter: Duration
    private let isStillValid: @Sendable () async throws -> Bool

    /// - Parameters:
    ///   - recheckAfter: How long the sender's token is trusted without asking.
    ///   - isStillValid: Whether it holds: a stream may last for hours, and ends when it is revoked.
    package init(
        validator: ReportValidator,
        service: IntakeService,
        principal: Principal,
        recheckAfter: Duration = .seconds(5),
        isStillValid: @escaping @Sendable () async throws -> Bool
    ) {
        self.validator = validator
        self.service = service
        self.principal = principal
        self.recheckAfter = recheckAfter
        self.isStillValid = isStillValid
    }

    /// Reads to the end of `chunks`, handing each window's results to `answer` in order. Throws what these two throw.
    ///
    /// Ends early, behind a line that is answered `unauthorized`, where the sender's token no longer holds.
    @concurrent
    package func run<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks,
        answer: @Sendable ([LineResult]) async throws -> Void
    ) async throws where Chunks.Element == [UInt8] {
        var splitter = NDJSONSplitter()
        var progress = Progress(line: 0, checked: .now)
        for try await chunk in chunks {
            guard try await settle(splitter.push(chunk), &progress, answer) else { return }
            if splitter.isExhausted { return }
        }
        _ = try await settle(splitter.finish(), &progress, answer)
    }

    private struct Progress {
        var line: Int
        /// When the token was last known to hold.
        var checked: ContinuousClock.Instant
    }

    private func settle(
        _ lines: [NDJSONSplitter.Line],
        _ progress: inout Progress,
        _ answer: @Sendable ([LineResult]) async throws -> Void
    ) async throws -> Bool {
        var rest = lines[...]
        while !rest.isEmpty {
            let first = progress.line + 1
            guard try await holds(&progress) else {
                let fault = Fault(field: "", reason: .unauthorized, message: "the token no longer holds")
                try await answer([LineResult(line: first, outcome: .invalid([fault]))])
                return false
            }
            let window = Array(rest.prefix(ReportStream.window))
            rest = rest.dropFirst(window.count)
            progress.line += window.count
            try await answer(await results(of: window, from: first))
        }
        return true
    }

    private func holds(_ progress: inout Progress) async throws -> Bool {
        let now = ContinuousClock.now
        guard now - progress.checked >= recheckAfter else { return true }
        progress.checked = now
        return try await isStillValid()
    }

    private func results(of window: [NDJSONSplitter.Line], from first: Int) async -> [LineResult] {
        await withTaskGroup(of: (Int, LineResult.Outcome).self) { group in
            var outcomes: [LineResult.Outcome?] = Array(repeating: nil, count: window.count)
            var references: Set<String> = []
            for (index, line) in window.enumerated() {
                switch validated(line) {
                case .success(let report):
                    // Of two lines with one reference the first is settled first.
                    if !references.insert(report.reference).inserted {
                        for await (index, outcome) in group { outcomes[index] = outcome }
                        references = [report.reference]
                    }
                    group.addTask { (index, await self.submit(report)) }
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
