import AlertFeed
import Foundation
import Safeguarding
import Synchronization
import TestSupport

/// A program that runs beside a test, with what it has said line by line.
final class Program: Sendable {
    private final class Screen: Sendable {
        let text = Mutex("")
        let hasEnded = Mutex(false)
        let changed = Doorbell()
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
        ) { _, bytes in
            screen.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
            screen.changed.ring()
        } ended: { _ in
            screen.hasEnded.withLock { $0 = true }
            screen.changed.ring()
        }
    }

    var text: String { screen.text.withLock { $0 } }

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

    private func until(_ holds: (String) -> Bool) async -> Bool {
        var seen = screen.changed.count
        while !Task.isCancelled {
            let hasEnded = screen.hasEnded.withLock { $0 }
            if holds(text) { return true }
            if hasEnded { return false }
            seen = await screen.changed.wait(after: seen)
        }
        return false
    }

    func ends() async {
        var seen = screen.changed.count
        while !Task.isCancelled, !screen.hasEnded.withLock({ $0 }) { seen = await screen.changed.wait(after: seen) }
    }

    func stop() { kill() }
    func kill() { Foundation.kill(process.identifier, SIGKILL) }
}
