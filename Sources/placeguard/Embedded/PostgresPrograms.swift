import Platform
import Subprocess

/// A directory with the PostgreSQL server programs of one major version.
struct PostgresPrograms: Equatable, Sendable {
    /// The oldest major version that Placeguard's schema runs on.
    static let oldestVersion = 15
    /// What must be in the directory.
    static let needed = ["initdb", "pg_ctl", "postgres", "psql", "createdb"]

    let directory: String
    let version: Int
    /// Whether PostGIS was seen beside it.
    ///
    /// False also where it lies in an unusual place.
    let hasPostGIS: Bool

    /// Finds the programs to use.
    ///
    /// - Parameters:
    ///   - configured: the only directory to look in, when the operator named one.
    ///   - environment: for `PATH`.
    ///   - dataVersion: the version that wrote the data there is; nil before the first start.
    static func find(
        configured: String?,
        environment: [String: String],
        dataVersion: Int?
    ) async throws -> PostgresPrograms {
        let directories =
            if let configured { [configured] } else { await searchPath(environment: environment) }
        var candidates: [PostgresPrograms] = []
        for directory in directories where needed.allSatisfy({ Path.isExecutable("\(directory)/\($0)") }) {
            guard let version = await version(in: directory) else { continue }
            candidates.append(
                PostgresPrograms(
                    directory: directory,
                    version: version,
                    hasPostGIS: seesPostGIS(directory: directory, version: version)
                )
            )
        }
        return try select(from: candidates, dataVersion: dataVersion, searched: directories)
    }

    /// Chooses: the version of the data; without data the first with PostGIS, else the first new enough.
    static func select(
        from candidates: [PostgresPrograms],
        dataVersion: Int?,
        searched: [String]
    ) throws(ClusterRefusal) -> PostgresPrograms {
        if candidates.isEmpty { throw .noPostgres(searched: searched) }
        if let dataVersion {
            if let match = candidates.first(where: { $0.version == dataVersion }) { return match }
            throw .versionMismatch(data: dataVersion, found: candidates.map(\.version))
        }
        let usable = candidates.filter { $0.version >= oldestVersion }
        if let best = usable.first(where: \.hasPostGIS) ?? usable.first { return best }
        throw .postgresTooOld(found: candidates.map(\.version).max() ?? 0, needed: oldestVersion)
    }

    /// The major version in what `postgres --version` prints, such as `postgres (PostgreSQL) 15.8 (Debian ...)`.
    static func majorVersion(in output: String) -> Int? {
        output.split(separator: " ").lazy
            .compactMap { word in word.first?.isNumber == true ? Int(word.prefix { $0.isNumber }) : nil }
            .first
    }

    /// Where to look: what `pg_config` says, `PATH`, then the places of Debian, of Red Hat and of a source build.
    private static func searchPath(environment: [String: String]) async -> [String] {
        var directories: [String] = []
        if let told = await output(of: .name("pg_config"), "--bindir") { directories.append(told) }
        directories += (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        directories += numbered(below: "/usr/lib/postgresql", prefix: "").map { "/usr/lib/postgresql/\($0)/bin" }
        directories += numbered(below: "/usr", prefix: "pgsql-").map { "/usr/pgsql-\($0)/bin" }
        directories.append("/usr/local/pgsql/bin")
        var seen: Set<String> = []
        return directories.filter { seen.insert($0).inserted }
    }

    /// The version numbers in a directory's entry names, newest first.
    private static func numbered(below path: String, prefix: String) -> [Int] {
        let names = (try? Directory(path: path).names()) ?? []
        return names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }.sorted(by: >)
    }

    private static func version(in directory: String) async -> Int? {
        // A name is looked up in the given PATH only, so this runs exactly the program of that directory.
        await output(of: .name("postgres"), "--version", path: directory).flatMap(majorVersion(in:))
    }

    private static func seesPostGIS(directory: String, version: Int) -> Bool {
        let beside = Path.parent(of: directory)
        return ["/usr/share/postgresql/\(version)", "\(beside)/share", "\(beside)/share/postgresql"]
            .contains { ((try? FileFacts.of("\($0)/extension/postgis.control")) ?? nil) != nil }
    }

    private static func output(of program: Executable, _ argument: String, path: String? = nil) async -> String? {
        let environment: Environment = if let path { .custom(["PATH": path]) } else { .inherit }
        let result = try? await run(
            program,
            arguments: [argument],
            environment: environment,
            output: .string(limit: 4_096)
        )
        guard let result, result.terminationStatus.isSuccess else { return nil }
        let text = result.standardOutput
        return text.split(separator: "\n").first.map(String.init)
    }
}
