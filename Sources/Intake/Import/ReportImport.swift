package import Safeguarding

/// Loads a CSV of reports through a mapping (interfaces.md "imports"): the good rows go in, the bad come back.
///
/// Goes beside live reports, not through their queue. Safe to run again: rows that are stored answer `same`. While one
/// batch commits the next is read and validated; batches commit one after another, so that of two rows with one reference
/// the first wins, however often it is run.
package struct ReportImport: Sendable {
    /// Rows of one transaction: large enough that commit and round trip disappear, small enough that a live report never
    /// waits long for a row lock.
    package static let rowsPerBatch = 2_000
    /// Bytes of narratives in one transaction.
    package static let bytesPerBatch = 8 * 1_024 * 1_024

    /// One file to load.
    package struct Request: Sendable {
        package var principal: Principal
        /// SHA-256 of the file, by which an interrupted run is recognised.
        package var fileDigest: [UInt8]
        /// Started with `--backfile`, which only a steward or administrator may.
        package var isBackFile: Bool

        package init(principal: Principal, fileDigest: [UInt8], isBackFile: Bool) {
            self.principal = principal
            self.fileDigest = fileDigest
            self.isBackFile = isBackFile
        }
    }

    /// What an import ended with.
    package struct Summary: Sendable, Hashable {
        package var run: Int64
        package var counts: ImportCounts
        /// Columns that no field was made of.
        package var unmappedColumns: [String]
    }

    private let store: any ReportStore
    private let runs: any ImportRuns
    private let validator: ReportValidator
    private let mapping: Mapping

    package init(store: any ReportStore, runs: any ImportRuns, validator: ReportValidator, mapping: Mapping) {
        self.store = store
        self.runs = runs
        self.validator = validator
        self.mapping = mapping
    }

    /// Refuses a mapping that belongs to another template or names a sign that the template does not have.
    package func check() throws(InvalidReport) {
        let rules = validator.rules
        guard mapping.template == rules.template else {
            throw InvalidReport(
                .mappingOfOtherTemplate,
                field: "template",
                message: "the mapping is made for another template",
                accepted: rules.template
            )
        }
        var faults = FaultList()
        for sign in mapping.signs.sorted() where rules.signs[sign] == nil {
            let near = NearestName.of(sign, among: rules.signs.keys.sorted()).map { "\($0)?" }
            faults.add(
                .unknownSign,
                at: "fields.signs",
                "the mapping names a sign that the template has not",
                accepted: near
            )
        }
        guard faults.isEmpty else { throw InvalidReport(faults: faults.faults) }
    }

    /// Loads a file to its end.
    ///
    /// Throws ``InvalidReport`` where mapping or header do not fit, before anything is stored; what store, file and observer
    /// throw, after which running it again goes on. Cancellation ends it between two batches.
    @concurrent
    package func run<Chunks: AsyncSequence>(
        _ request: Request,
        reading chunks: Chunks,
        observer: some ImportObserver = SilentImport()
    ) async throws -> Summary where Chunks.Element == [UInt8] {
        try check()
        var reader = ImportReader(mapping: mapping, validator: validator, request: request)
        var file = chunks.makeAsyncIterator()
        // The first batch settles whether the header fits before a run is opened.
        var next = try await reader.batch(from: &file)
        let run = try await runs.begin(
            agency: request.principal.agency,
            fileDigest: request.fileDigest,
            mapping: mapping.name,
            isBackFile: request.isBackFile,
            actor: request.principal.actor
        )
        var settlement = ImportSettlement(
            rejects: RejectsFile(header: reader.header, delimiter: mapping.delimiter),
            observer: observer
        )
        while let batch = next {
            try Task.checkCancellation()
            async let outcomes = commit(batch.reports(run: run))
            do { next = try await reader.batch(from: &file) } catch {
                // What is under way is settled before the fault of the file is passed on.
                try await settlement.settle(batch, outcomes, readSoFar: reader.bytesRead)
                throw error
            }
            try await settlement.settle(batch, outcomes, readSoFar: reader.bytesRead)
        }
        try await runs.finish(run, counts: settlement.counts.json.text)
        return Summary(run: run, counts: settlement.counts, unmappedColumns: reader.unmapped)
    }

    private func commit(_ reports: [ValidatedReport]) async throws -> [CommitOutcome] {
        guard !reports.isEmpty else { return [] }
        let prompts = PromptRules(rules: validator.rules)
        // Nobody reads a prompt to call 999 about a row of last year.
        return try await store.commit(reports) { $0.isBackFile ? [] : prompts.prompts(for: $0, at: $1) }
    }
}
