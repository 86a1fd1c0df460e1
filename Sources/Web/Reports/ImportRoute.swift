import Crypto
import HTTPTypes
import Hummingbird
import Intake
import Safeguarding
import Synchronization

/// A partner's CSV over HTTP, through the mapping that the partnership keeps for it.
///
/// The file is held in memory while its digest is taken, so it is bounded and one comes after the other; larger files
/// and back-files of years go through `placeguard import reports`.
final class ImportRoute: Sendable {
    /// One file is being loaded.
    private let isBusy = Atomic<Bool>(false)

    var endpoints: [Endpoint] {
        [Endpoint(.post, "/v1/imports", .reporters, isBounded: false, handle: load)]
    }

    private func load(_ exchange: Exchange) async throws -> Response {
        var query = QueryReader(exchange.request.uri.query, known: ["mapping", "backfile"])
        let name = query.text("mapping", longest: 64)
        if name == nil { query.refuse("mapping", "is required", accepted: "the name of one of your agency's mappings") }
        let isBackFile = query.flag("backfile")
        try query.check()
        let principal = try exchange.principal
        guard !isBackFile || principal.role == .steward else {
            throw Problem(
                .forbidden,
                message: "only a steward may load a back-file",
                field: "backfile",
                accepted: "steward"
            )
        }
        let limit = exchange.limits.importBytes
        _ = try BodyReader.check(exchange.request, accepting: [.csv]) { _ in limit }
        guard let name, let mapping = try await exchange.services.mapping(name, principal.agency) else {
            throw Problem(.badQuery, message: "your agency has no such mapping", field: "mapping")
        }
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            throw Problem(.overloaded, message: "another file is being loaded; try again", retryAfter: 30)
        }
        defer { isBusy.store(false, ordering: .releasing) }
        // One sender at a time: a slow one must not keep the others waiting for hours.
        let file = try await Deadline.run(exchange.limits.importTime) { [request = exchange.request] in
            try await BodyReader.collect(request, limit: limit)
        }
        try await exchange.checkStillValid()
        // Each line is answered: the answer is what takes the memory.
        let lines = file.reduce(into: 1) { if $1 == UInt8(ascii: "\n") || $1 == UInt8(ascii: "\r") { $0 += 1 } }
        guard lines <= exchange.limits.importLines else {
            throw Problem(
                .tooLarge,
                message: "the file has too many lines for this way",
                accepted: "at most \(exchange.limits.importLines) lines; placeguard import reports takes any number"
            )
        }
        return try await settle(file, mapping, isBackFile: isBackFile, principal, exchange.services)
    }

    private func settle(
        _ file: [UInt8],
        _ mapping: Mapping,
        isBackFile: Bool,
        _ principal: Principal,
        _ services: WebServices
    ) async throws -> Response {
        let load = ReportImport(
            store: services.reports,
            runs: services.imports,
            validator: services.template().validator,
            mapping: mapping
        )
        let request = ReportImport.Request(
            principal: principal,
            fileDigest: Array(SHA256.hash(data: file)),
            isBackFile: isBackFile
        )
        let journal = ImportJournal()
        do {
            let summary = try await load.run(request, reading: FilePieces(file: file), observer: journal)
            return .json(journal.json(summary))
        } catch let invalid as InvalidReport {
            throw Problem(invalid.faults)
        }
    }
}

/// A file in memory, handed on piece by piece.
private struct FilePieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    /// As much as a socket gives at once.
    private static let size = 64 * 1_024

    let file: [UInt8]
    private var position = 0

    init(file: [UInt8]) {
        self.file = file
    }

    mutating func next() async -> [UInt8]? {
        guard position < file.count else { return nil }
        let end = Swift.min(position + FilePieces.size, file.count)
        defer { position = end }
        return Array(file[position..<end])
    }

    func makeAsyncIterator() -> FilePieces { self }
}

/// Keeps what an import says until it is answered; bounded by the number of lines.
private final class ImportJournal: ImportObserver {
    private struct Entries {
        var rows: [JSON] = []
        var rejects: [UInt8] = []
    }

    private let entries = Mutex(Entries())

    func settled(_ rows: [RowResult]) async throws {
        let lines = rows.map(\.json)
        entries.withLock { $0.rows += lines }
    }

    func rejected(_ csv: [UInt8]) async throws {
        entries.withLock { $0.rejects += csv }
    }

    /// Counts, one entry a row, and the rejects file to be mended and sent again.
    func json(_ summary: ReportImport.Summary) -> JSON {
        entries.withLock { entries in
            .object([
                ("run", .integer(summary.run)), ("counts", summary.counts.json),
                ("unmappedColumns", .strings(summary.unmappedColumns)), ("rows", .array(entries.rows)),
                ("rejects", .string(String(decoding: entries.rejects, as: UTF8.self))),
            ])
        }
    }
}

extension RowResult {
    fileprivate var json: JSON {
        switch outcome {
        case .stored(.created): line(201)
        case .stored(.same), .stored(.corrected): line(200)
        case .stored(.refused(let faults)):
            line(Problem(faults).status.code, faults: faults.map(\.json))
        case .refused(let faults):
            line((faults.first?.reason ?? .internalError).status.code, faults: faults.map(\.json))
        }
    }

    private func line(_ status: Int, faults: [JSON] = []) -> JSON {
        var members: [(key: String, value: JSON)] = [("row", .int(row)), ("status", .int(status))]
        if !faults.isEmpty { members.append(("faults", .array(faults))) }
        return .object(members)
    }
}

extension RowFault {
    fileprivate var json: JSON {
        .object([
            ("column", .optional(column)), ("valueClass", .optional(valueClass?.rawValue)),
            ("reason", .string(reason.rawValue)), ("message", .string(message)), ("accepted", .optional(accepted)),
        ])
    }
}
