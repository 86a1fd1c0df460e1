import Hummingbird
import Intake
import NIOCore
import Safeguarding

/// What partners send and ask about their own reports (interfaces.md "Reports").
enum ReportRoutes {
    static let endpoints = [
        Endpoint(.post, "/v1/reports", .reporters, isBounded: false, handle: submit),
        Endpoint(.get, "/v1/reports/{report}", .reporters, handle: status),
        Endpoint(.post, "/v1/reports/{report}/corrections", .reporters, isBounded: false, handle: correct),
    ]

    /// One report, or a stream of them.
    private static func submit(_ exchange: Exchange) async throws -> Response {
        let kind = try BodyReader.check(exchange.request, accepting: [.json, .ndjson]) { kind in
            kind == .json ? ReportLimits.bodyBytes : NDJSONSplitter.streamBytes
        }
        guard kind == .json else { return try ReportStreamRoute.response(exchange) }
        let principal = try exchange.principal
        let body = try await BodyReader.collect(exchange.request, limit: ReportLimits.bodyBytes)
        try await exchange.checkStillValid()
        let report: ValidatedReport
        do { report = try exchange.services.template().validator.validate(body, from: principal) } catch {
            throw Problem(error.faults)
        }
        do { return try answer(await exchange.services.intake.submit(report)) } catch let refusal as IntakeRefusal {
            throw Problem(refusal)
        }
    }

    private static func answer(_ outcome: CommitOutcome) throws(Problem) -> Response {
        switch outcome {
        case .created(let receipt): return .json(text: receipt, status: .created)
        case .same(let receipt), .corrected(let receipt): return .json(text: receipt, status: .ok)
        case .refused(let faults):
            // Intake counts what it settles.
            var problem = Problem(faults)
            problem.isCounted = true
            throw problem
        }
    }

    private static func status(_ exchange: Exchange) async throws -> Response {
        let id: ReportID = try exchange.identifier("report")
        let principal = try exchange.principal
        guard let status = try await exchange.services.reports.status(of: id, agency: principal.agency) else {
            throw unknown
        }
        try await exchange.services.audit.recordRead(
            actor: principal.actor,
            action: "read.report",
            detail: "report=\(id.text)"
        )
        return .json(try status.json)
    }

    private static func correct(_ exchange: Exchange) async throws -> Response {
        let id: ReportID = try exchange.identifier("report")
        let principal = try exchange.principal
        _ = try BodyReader.check(exchange.request, accepting: [.json]) { _ in ReportLimits.bodyBytes }
        let body = try await BodyReader.collect(exchange.request, limit: ReportLimits.bodyBytes)
        try await exchange.checkStillValid()
        let store = exchange.services.reports
        guard let form = try await store.currentForm(of: id, agency: principal.agency) else { throw unknown }
        let correction: Correction
        do { correction = try exchange.services.template().validator.correction(body, to: form, from: principal) } catch
        {
            throw Problem(error.faults)
        }
        let outcome: CorrectionOutcome
        let state: ReportStatus.State
        switch correction {
        case .changed(let report):
            outcome = try await store.correct(id, basedOn: form.version, with: report)
            state = .corrected
        case .withdrawn(let reason):
            outcome = try await store.withdraw(id, agency: principal.agency, actor: principal.actor, reason: reason)
            state = .withdrawn
        }
        switch outcome {
        case .stored(let version, let recorded):
            return .json(
                .object([
                    ("report", .string(id.text)), ("version", .int(version)), ("recorded", .string(recorded.rfc3339)),
                    ("state", .string(state.rawValue)),
                ]),
                status: .created
            )
        case .refused(let faults): throw Problem(faults)
        }
    }

    private static var unknown: Problem {
        Problem(.unknownReport, message: "your agency has no such report")
    }
}

extension Problem {
    /// A report that could not be taken in just now; intake has counted it.
    init(_ refusal: IntakeRefusal) {
        self.init([refusal.fault], retryAfter: refusal.retryAfter)
        isCounted = true
    }
}

extension ReportStatus {
    fileprivate var json: JSON {
        get throws {
            .object([
                ("receipt", try JSONReader.read(bytes: Array(receipt.utf8)).json),
                ("state", .string(state.rawValue)),
                ("outcome", .optional(outcome)),
                (
                    "corrections",
                    .array(
                        corrections.map {
                            .object([("version", .int($0.version)), ("recorded", .string($0.recorded.rfc3339))])
                        }
                    )
                ),
            ])
        }
    }
}
