import Platform
import TestSupport
import Testing

@Suite struct FileLockTests {
    @Test func `shared holders exclude an exclusive one until the last is gone`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let first = try hold(.shared, in: directory)
        let second = try hold(.shared, in: directory)
        #expect(try isFree(directory) == false)
        first.release()
        #expect(try isFree(directory) == false)
        second.release()
        #expect(try isFree(directory))
    }

    @Test func `the last shared holder can become exclusive, an earlier one cannot`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let first = try hold(.shared, in: directory)
        let second = try hold(.shared, in: directory)
        #expect(try first.change(to: .exclusive) == false)
        first.release()
        #expect(try second.change(to: .exclusive))
        second.release()
    }

    @Test func `a lock file is private`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let lock = try hold(.exclusive, in: directory)
        #expect(try directory.facts("lock")?.mode == 0o600)
        lock.release()
    }

    private struct NotFree: Error {}

    private func hold(_ mode: FileLock.Mode, in directory: borrowing Directory) throws -> FileLock {
        guard let lock = try FileLock.take(mode, "lock", in: directory, owner: nil) else { throw NotFree() }
        return lock
    }

    private func isFree(_ directory: borrowing Directory) throws -> Bool {
        guard let lock = try FileLock.take(.exclusive, "lock", in: directory, owner: nil) else { return false }
        lock.release()
        return true
    }
}
