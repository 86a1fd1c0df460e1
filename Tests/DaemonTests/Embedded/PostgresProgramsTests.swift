import Testing

@testable import placeguard

@Suite struct PostgresProgramsTests {
    private func programs(_ version: Int, postGIS: Bool = false) -> PostgresPrograms {
        PostgresPrograms(directory: "/pg/\(version)", version: version, hasPostGIS: postGIS)
    }

    @Test(
        arguments: [
            ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", 15), ("postgres (PostgreSQL) 17beta2", 17),
            ("postgres (PostgreSQL) 9.6.24", 9), ("postgres (EnterpriseDB) 16.1.0", 16), ("postgres", nil), ("", nil),
        ] as [(String, Int?)]
    )
    func `reads the major version`(output: String, version: Int?) {
        #expect(PostgresPrograms.majorVersion(in: output) == version)
    }

    @Test func `takes the first that is new enough, and rather one with PostGIS`() throws {
        #expect(
            try PostgresPrograms.select(
                from: [programs(14), programs(16), programs(17)],
                dataVersion: nil,
                searched: []
            )
                == programs(16)
        )
        let candidates = [programs(17), programs(14, postGIS: true), programs(15, postGIS: true)]
        #expect(
            try PostgresPrograms.select(from: candidates, dataVersion: nil, searched: []) == programs(15, postGIS: true)
        )
    }

    @Test func `takes the version that wrote the data, whatever else there is`() throws {
        let candidates = [programs(17, postGIS: true), programs(15)]
        #expect(try PostgresPrograms.select(from: candidates, dataVersion: 15, searched: []) == programs(15))
        #expect(throws: ClusterRefusal.versionMismatch(data: 16, found: [17, 15])) {
            try PostgresPrograms.select(from: candidates, dataVersion: 16, searched: [])
        }
    }

    @Test func `says what it looked for and what it found`() {
        #expect(throws: ClusterRefusal.noPostgres(searched: ["/usr/bin"])) {
            try PostgresPrograms.select(from: [], dataVersion: nil, searched: ["/usr/bin"])
        }
        #expect(throws: ClusterRefusal.postgresTooOld(found: 14, needed: 15)) {
            try PostgresPrograms.select(from: [programs(13), programs(14)], dataVersion: nil, searched: [])
        }
    }

    @Test func `finds the programs of this machine, and none where there are none`() async throws {
        let found = try await PostgresPrograms.find(
            configured: nil,
            environment: ["PATH": "/usr/bin"],
            dataVersion: nil
        )
        #expect(found.version >= PostgresPrograms.oldestVersion)
        let named = try await PostgresPrograms.find(configured: found.directory, environment: [:], dataVersion: nil)
        #expect(named == found)
        await #expect(throws: ClusterRefusal.noPostgres(searched: ["/nonexistent"])) {
            try await PostgresPrograms.find(configured: "/nonexistent", environment: [:], dataVersion: nil)
        }
    }
}
