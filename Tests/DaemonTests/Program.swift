import AlertFeed
import Foundation
import Safeguarding
import Synchronization
import TestSupport

/// A program that runs beside a test, with what it has said line by line.
final class Program: Sendable {
    private final class Screen: Sendable {
        let text = Mutex("")
        let output = Mutex("")
        /// Both of its streams, and itself.
        let running = Mutex(3)
        let changed = Doorbell()
        let status = Mutex<Int32?>(nil)

        var hasEnded: Bool { running.withLock { $0 == 0 } }

        func ended() {
            running.withLock { $0 -= 1 }
            changed.ring()
        }
    }

    private let process: ChildProcess
    private let screen: Screen

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let screen = Screen()
        self.screen = screen
        process = try ChildProcess(
            program,
            arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
        ) { stream, bytes in
            guard !bytes.isEmpty else { return screen.ended() }
            let text = String(decoding: bytes, as: UTF8.self)
            if stream == .output { screen.output.withLock { $0 += text } }
            screen.text.withLock { $0 += text }
            screen.changed.ring()
        } ended: { status in
            screen.status.withLock { $0 = status }
            screen.ended()
        }
    }

    var text: String { screen.text.withLock { $0 } }
    /// Its standard output alone: what it notes on the other stream may come within a line of this one.
    var output: String { screen.output.withLock { $0 } }

    /// A whole line by its number, once it is there; nil when the program has ended without.
    func line(_ number: Int) async -> String? {
        var found: String?
        _ = await until { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            found = lines.dropFirst(number).first.map { String($0) }
            return found != nil
        }
        return found
    }

    func shows(_ text: String) async -> Bool { await until { $0.contains(text) } }

    /// Waits until a text stands in its standard output.
    func writes(_ text: String) async -> Bool { await until { _ in output.contains(text) } }

    /// Waits until a text was said so many times.
    func shows(_ text: String, times: Int) async -> Bool {
        await until { $0.components(separatedBy: text).count > times }
    }

    private func until(_ holds: (String) -> Bool) async -> Bool {
        var seen = screen.changed.count
        while !Task.isCancelled {
            let hasEnded = screen.hasEnded
            if holds(text) { return true }
            if hasEnded { return false }
            seen = await screen.changed.wait(after: seen)
        }
        return false
    }

    /// Waits until it has ended and everything it said is here; answers its exit status.
    @discardableResult func ends() async -> Int32? {
        var seen = screen.changed.count
        while !Task.isCancelled, !screen.hasEnded { seen = await screen.changed.wait(after: seen) }
        return screen.status.withLock { $0 }
    }

    func stop() { kill() }
    func kill() { Foundation.kill(process.identifier, SIGKILL) }
}
