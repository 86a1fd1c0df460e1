import Foundation
import Safeguarding
import Synchronization
import TestSupport

/// A program in a terminal of its own, as `script` gives it, with somebody who types.
final class TerminalSession: Sendable {
    private let process: ChildProcess
    private let shown: Screen

    /// What stands on the screen; shared with the threads that read.
    private final class Screen: Sendable {
        let text = Mutex("")
        let hasEnded = Mutex(false)
        let changed = Doorbell()
    }

    static var isAvailable: Bool { Tool.find("script") != nil }

    init(_ command: String, environment: [String: String]) throws {
        let screen = Screen()
        shown = screen
        process = try ChildProcess(
            "/usr/bin/script",
            ["-qfec", command, "/dev/null"],
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            hasInput: true
        ) { _, bytes in
            screen.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
            screen.changed.ring()
        } ended: { _ in
            screen.hasEnded.withLock { $0 = true }
            screen.changed.ring()
        }
    }

    func type(_ line: String) { process.write(line + "\n") }

    var text: String { shown.text.withLock { $0 } }

    /// Waits until the text stands on the screen; false when the program has ended without.
    func shows(_ text: String) async -> Bool { await until { $0.contains(text) } }

    func until(_ holds: (String) -> Bool) async -> Bool {
        var seen = shown.changed.count
        while !Task.isCancelled {
            let hasEnded = shown.hasEnded.withLock { $0 }
            if holds(text) { return true }
            if hasEnded { return false }
            seen = await shown.changed.wait(after: seen)
        }
        return false
    }

    /// Waits for its end.
    func ends() async {
        var seen = shown.changed.count
        while !Task.isCancelled, !shown.hasEnded.withLock({ $0 }) { seen = await shown.changed.wait(after: seen) }
    }

    func stop() { process.terminate() }
}
