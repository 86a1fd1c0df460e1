package import Foundation
import Synchronization

/// A program that a test runs: spawned, read to its end and reaped by threads of its own.
///
/// Foundation's `Process` now and then misses the end of a child where others are spawned at the same moment, as these
/// suites do all the time: its descriptors are inherited by whoever comes between. Here a child has no descriptor but its own
/// three, and one thread waits for this child alone.
package final class ChildProcess: Sendable {
    package enum Stream: Sendable { case output, errors }

    /// The program could not be started.
    package struct NotStarted: Error { package var code: Int32 }

    package let identifier: pid_t
    /// The end of its standard input that is written to; nil where it has none, or after `endInput`.
    private let input: Mutex<Int32?>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - hasInput: Whether the test writes to its standard input; else it reads nothing.
    ///   - received: What it wrote, as it comes; empty at the end of a stream. Called on a thread of the stream's own.
    ///   - ended: Its exit status, 128 and the signal where one ended it; called once, on a thread of its own.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        hasInput: Bool = false,
        received: @escaping @Sendable (Stream, [UInt8]) -> Void,
        ended: @escaping @Sendable (Int32) -> Void
    ) throws {
        let output = try ChildProcess.pipe()
        let errors = try ChildProcess.pipe()
        let input = hasInput ? try ChildProcess.pipe() : nil
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
        // A socket of another test that a child held open would never be seen to close.
        for descriptor in Int32(3)..<1_024 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        // The threads that tests run on block all signals, which a child would inherit: it could not be asked to end.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        var started: pid_t = 0
        let code = unsafe posix_spawn(&started, program, &actions, &attributes, &words, &variables)
        unsafe words.forEach { unsafe free($0) }
        unsafe variables.forEach { unsafe free($0) }
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
        close(output.write)
        close(errors.write)
        if let input { close(input.read) }
        guard code == 0 else {
            close(output.read)
            close(errors.read)
            if let input { close(input.write) }
            throw NotStarted(code: code)
        }
        let pid = started
        identifier = pid
        self.input = Mutex(input?.write)
        for (stream, descriptor) in [(Stream.output, output.read), (.errors, errors.read)] {
            Thread.detachNewThread { ChildProcess.read(descriptor) { received(stream, $0) } }
        }
        Thread.detachNewThread { ended(ChildProcess.wait(for: pid)) }
    }

    deinit { endInput() }

    /// Writes a short text to its standard input; nothing where that has ended or is full.
    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        input.withLock { input in
            guard let input else { return }
            _ = unsafe send(input, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Ends its standard input.
    package func endInput() {
        input.withLock { input in
            if let descriptor = input { close(descriptor) }
            input = nil
        }
    }

    /// Asks it to end; harmless where it has.
    package func terminate() { kill(identifier, SIGTERM) }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets, since Swift sees no pipe that is closed in other children from its first moment.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw NotStarted(code: errno) }
        return (ends[0], ends[1])
    }

    private static func read(_ descriptor: Int32, _ received: ([UInt8]) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            received(Array(buffer.prefix(max(0, count))))
            guard count > 0 else { break }
        }
        close(descriptor)
    }

    private static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Runs a program to its end; answers its status and everything it wrote.
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String) {
        let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let collected = Mutex<[UInt8]>([])
        let open = Mutex(3)
        let status = Mutex<Int32>(-1)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            @Sendable func closed() {
                let left = open.withLock { open in
                    open -= 1
                    return open
                }
                if left == 0 { continuation.resume() }
            }
            do {
                _ = try ChildProcess(program, arguments, environment: environment) { _, bytes in
                    if bytes.isEmpty { closed() } else { collected.withLock { $0 += bytes } }
                } ended: { code in
                    status.withLock { $0 = code }
                    closed()
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return (status.withLock { $0 }, collected.withLock { String(decoding: $0, as: UTF8.self) })
    }
}
