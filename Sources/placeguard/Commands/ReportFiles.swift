import Crypto
import Foundation
import Intake
import RiskAssessment
import Safeguarding
import Store

/// Files of reports that are loaded one after the other through one mapping (`import reports`).
struct ReportFiles: Sendable {
    var files: [String]
    /// Code of the agency whose reports these are.
    var agency: String
    /// Path of the mapping.
    var mapping: String
    var isBackFile: Bool
    /// Who runs the command: for the audit.
    var actor: String

    /// Loads all of them; the counts are those of all files together.
    func load(into stores: Stores, _ settings: Settings) async throws -> ImportCounts {
        guard let principal = try await stores.agencies.principal(agency: agency) else {
            throw CommandFailure("There is no active agency with that code and a current agreement.")
        }
        let load = try makeImport(into: stores, try await stores.activeTemplate(), settings)
        var total = ImportCounts()
        for file in files { total.add(try await self.load(file, as: principal.asSystem, with: load)) }
        try await stores.audit.add(
            AuditDraft(
                actor: actor,
                action: "import.reports",
                subject: "agency:" + agency,
                detail: total.json.text
            )
        )
        return total
    }

    private func makeImport(into stores: Stores, _ template: Template, _ settings: Settings) throws -> ReportImport {
        ReportImport(
            store: stores.reports(for: template),
            runs: stores.importRuns,
            validator: ReportValidator(rules: IntakeRules(template), key: try OriginatorKeyFile.read(settings)),
            mapping: try Self.readMapping(mapping)
        )
    }

    private func load(_ file: String, as principal: Principal, with load: ReportImport) async throws -> ImportCounts {
        let request = ReportImport.Request(
            principal: principal,
            fileDigest: try await Self.digest(file),
            isBackFile: isBackFile
        )
        let observer = try FileImportObserver(file: file)
        let summary = try await load.run(request, reading: FileChunks(path: file), observer: observer)
        try observer.close()
        return summary.counts
    }

    private static func readMapping(_ path: String) throws -> Mapping {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("The mapping file cannot be read, or is not UTF-8.")
        }
        return try MappingReader.read(yaml: text)
    }

    private static func digest(_ path: String) async throws -> [UInt8] {
        var hash = SHA256()
        for try await chunk in try FileChunks(path: path) { hash.update(data: chunk) }
        return Array(hash.finalize())
    }
}

extension Principal {
    /// The agency's system: a file speaks for no person.
    fileprivate var asSystem: Principal {
        var system = self
        system.person = nil
        return system
    }
}
