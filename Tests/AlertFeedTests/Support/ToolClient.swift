import Foundation
import Safeguarding
import Synchronization
import TestSupport

/// A program that speaks the feed over its standard input and output, as a person at a terminal would.
final class ToolClient: Sendable {
    private struct State {
        var output: [UInt8] = []
        var hasEnded = false
    }

    /// Shared with the threads that read, which must not keep the client itself.
    private final class Screen: Sendable {
        let state = Mutex(State())
        let bell = Doorbell()

        func received(_ stream: ChildProcess.Stream, _ bytes: [UInt8]) {
            guard stream == .output else { return }
            state.withLock { state in
                state.output += bytes
                if bytes.isEmpty { state.hasEnded = true }
            }
            bell.ring()
        }
    }

    private let process: ChildProcess
    private let screen: Screen

    /// - Parameter environment: Beside what the test has.
    init(_ tool: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let screen = Screen()
        self.screen = screen
        let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process = try ChildProcess(tool, arguments, environment: environment, hasInput: true) {
            screen.received($0, $1)
        } ended: { _ in
        }
    }

    func send(_ line: String) { process.write(line + "\n") }

    /// The next whole line; nil when the program has ended.
    func line() async -> String? {
        var seen = screen.bell.count
        while !Task.isCancelled {
            let found: String?? = screen.state.withLock { state in
                if let end = state.output.firstIndex(of: 0x0A) {
                    let line = String(decoding: state.output[..<end], as: UTF8.self)
                    state.output.removeSubrange(...end)
                    return line
                }
                return state.hasEnded ? .some(nil) : nil
            }
            if let found { return found }
            seen = await screen.bell.wait(after: seen)
        }
        return nil
    }

    /// Ends the input, which is how netcat is told to go.
    func endInput() { process.endInput() }

    func stop() { process.terminate() }
}
