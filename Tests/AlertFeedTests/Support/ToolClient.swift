import Foundation
import Safeguarding
import Synchronization

/// A program that speaks the feed over its standard input and output, as a person at a terminal would.
final class ToolClient: Sendable {
    private struct State {
        var output: [UInt8] = []
        var hasEnded = false
    }

    private let process: Process
    private let input: Pipe
    private let output: Pipe
    private let state = Mutex(State())
    private let bell = Doorbell()

    init(_ tool: URL, _ arguments: [String]) throws {
        process = Process()
        input = Pipe()
        output = Pipe()
        process.executableURL = tool
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            self?.received(data)
            if data.isEmpty { handle.readabilityHandler = nil }
        }
        try process.run()
    }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    /// The next whole line; nil when the program has ended.
    func line() async -> String? {
        var seen = bell.count
        while !Task.isCancelled {
            let found: String?? = state.withLock { state in
                if let end = state.output.firstIndex(of: 0x0A) {
                    let line = String(decoding: state.output[..<end], as: UTF8.self)
                    state.output.removeSubrange(...end)
                    return line
                }
                return state.hasEnded ? .some(nil) : nil
            }
            if let found { return found }
            seen = await bell.wait(after: seen)
        }
        return nil
    }

    /// Ends the input, which is how netcat is told to go.
    func endInput() throws { try input.fileHandleForWriting.close() }

    func stop() {
        if process.isRunning { process.terminate() }
    }

    private func received(_ data: Data) {
        state.withLock { state in
            state.output += data
            if data.isEmpty { state.hasEnded = true }
        }
        bell.ring()
    }
}
