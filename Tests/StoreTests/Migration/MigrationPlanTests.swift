import Testing

@testable import Store

struct MigrationPlanTests {
    private let files = ["V0001_one.sql", "V0002_two.sql", "V0003_three.sql"].compactMap {
        Migration(name: $0, bytes: Array("SELECT 1; -- \($0)".utf8))
    }

    private func record(_ count: Int) -> [RecordedMigration] {
        files.prefix(count).map { RecordedMigration(version: $0.version, name: $0.name, checksum: $0.checksum) }
    }

    @Test(arguments: 0...3)
    func `what is on record is done, the rest is to do`(_ done: Int) throws {
        #expect(try MigrationPlan.pending(files, recorded: record(done)).map(\.version) == Array((done + 1)..<4))
    }

    @Test func `a hole in the record is refused`() {
        #expect(throws: MigrationError.recordIncomplete(missing: 2)) {
            try MigrationPlan.pending(files, recorded: [record(3)[0], record(3)[2]])
        }
    }

    @Test func `a version beyond the last file is refused`() {
        #expect(throws: MigrationError.databaseNewer(version: 4, known: 3)) {
            try MigrationPlan.pending(
                files,
                recorded: record(3) + [RecordedMigration(version: 4, name: "V0004_later.sql", checksum: [])]
            )
        }
    }

    @Test func `a renamed file is another file`() {
        var renamed = record(2)
        renamed[1].name = "V0002_other.sql"
        #expect(throws: MigrationError.checksumMismatch(name: "V0002_other.sql")) {
            try MigrationPlan.pending(files, recorded: renamed)
        }
    }

    @Test(arguments: [
        "V1_one.sql", "V0000_zero.sql", "X0001_one.sql", "V0001one.sql", "V0001_one.txt", "V00a1_one.sql", "",
    ])
    func `a name of another form is no migration`(_ name: String) {
        #expect(Migration(name: name, bytes: []) == nil)
    }

    @Test func `a file that is not UTF-8 is no migration`() {
        #expect(Migration(name: "V0001_one.sql", bytes: [0xFF]) == nil)
    }
}
