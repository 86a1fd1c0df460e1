import Platform

/// Gathers the evidence that ``ClusterDecision`` decides from.
struct ClusterInspector: Sendable {
    private static let versionFile = "PG_VERSION"

    let layout: EmbeddedLayout
    let account: Account

    /// Looks at the data directory, its pid file, the process that names, the socket and what works in the directory.
    func evidence(programVersion: Int) throws -> ClusterEvidence {
        var evidence = ClusterEvidence(account: account.user, programVersion: programVersion)
        evidence.socketPeer = try LocalSocketPeer.listening(at: layout.socketPath)
        let state = try Directory(path: layout.stateDirectory)
        guard let facts = try state.facts(EmbeddedLayout.dataName) else { return evidence }
        // Nothing is read from a directory that is not ours: its content would be somebody else's word.
        guard facts.kind == .directory, facts.owner == account.user else {
            evidence.dataDirectory = .present(facts, version: nil)
            return evidence
        }
        let data = try state.directory(EmbeddedLayout.dataName)
        evidence.dataDirectory = .present(facts, version: try Self.version(in: data))
        evidence.lockFile = try data.read(PostmasterLockFile.name, limit: PostmasterLockFile.sizeLimit)
            .flatMap(PostmasterLockFile.init(parsing:))
        evidence.process = try evidence.lockFile.flatMap { try ProcessFacts.of($0.pid) }
        evidence.isNumberTaken = evidence.lockFile.map { ProcessFacts.isNumberTaken($0.pid) } ?? false
        evidence.workers = try Set(ProcessFacts.working(in: layout.dataDirectory))
        return evidence
    }

    /// The major version that wrote the data there is; nil when there is none of ours.
    func dataVersion() throws -> Int? {
        guard case .present(_, let version) = try evidence(programVersion: 0).dataDirectory else { return nil }
        return version
    }

    private static func version(in data: borrowing Directory) throws -> Int? {
        guard let bytes = try data.read(versionFile, limit: 64) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }
}
