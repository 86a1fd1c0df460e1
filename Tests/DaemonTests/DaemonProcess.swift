import Foundation
import Synchronization
import TestSupport

/// The built `placeguard` run as its users run it: a process of its own, killed without mercy where a test wants that.
///
/// Ready means that the log line `Placeguard is ready` came, which carries the ports; nothing is polled.
final class DaemonProcess: Sendable {
    /// Where a running daemon listens.
    struct Addresses: Sendable {
        var http: String
        var feed: String
    }

    enum Failure: Error, CustomStringConvertible {
        case noBinary(String)
        case exited(Int32, String)

        var description: String {
            switch self {
            case .noBinary(let path): "no executable at \(path)"
            case .exited(let code, let output): "placeguard ended with \(code):\n\(output)"
            }
        }
    }

    let addresses: Addresses
    private let launched: Launched

    /// Starts the daemon and waits until it is ready.
    static func start(arguments: [String] = [], environment: [String: String]) async throws -> DaemonProcess {
        let launched = try Launched(arguments: ["serve"] + arguments, environment: environment)
        let addresses = try await launched.ready()
        return DaemonProcess(launched: launched, addresses: addresses)
    }

    private init(launched: Launched, addresses: Addresses) {
        self.launched = launched
        self.addresses = addresses
    }

    var identifier: Int32 { launched.identifier }

    /// SIGKILL, then the death awaited.
    func killHard() async {
        kill(identifier, SIGKILL)
        await launched.end()
    }

    /// SIGSTOP: its connections stand and nothing answers.
    func suspend() { kill(identifier, SIGSTOP) }

    /// SIGCONT.
    func resume() { kill(identifier, SIGCONT) }

    /// SIGTERM, then the end awaited; answers the exit status.
    func terminate() async -> Int32 {
        kill(identifier, SIGTERM)
        await launched.end()
        return launched.status
    }

    /// Waits until it logs a line with the text; false where it ends without.
    func logs(_ text: String) async -> Bool { await launched.line(containing: text) }

    /// Everything it logged so far.
    var log: String { launched.log }

    /// Runs one command to its end; answers standard output, throws with everything on a failure.
    static func run(_ arguments: [String], environment: [String: String]) async throws -> String {
        let launched = try Launched(arguments: arguments, environment: environment)
        await launched.end()
        guard launched.status == 0 else {
            throw Failure.exited(launched.status, launched.log)
        }
        return launched.standardOutput
    }

    static var binary: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("placeguard").path
    }
}

/// A started process whose output is collected line by line.
final class Launched: Sendable {
    private struct State {
        var lines: [String] = []
        var standardOutput = ""
        var partial: [ChildProcess.Stream: [UInt8]] = [:]
        var openStreams = 2
        var status: Int32?
        var hasEnded: Bool { status != nil }
        var addresses: DaemonProcess.Addresses?
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [] }
            return waiters
        }

        /// Shared with the child's threads, which outlive nobody who still waits.
        final class Box: Sendable {
            private let state = Mutex(State())

            func withLock<R: Sendable>(_ body: (inout sending State) throws -> sending R) rethrows -> sending R {
                try state.withLock(body)
            }
        }
    }

    private let state: State.Box
    private let process: ChildProcess

    init(arguments: [String], environment: [String: String]) throws {
        guard FileManager.default.isExecutableFile(atPath: DaemonProcess.binary) else {
            throw DaemonProcess.Failure.noBinary(DaemonProcess.binary)
        }
        let state = State.Box()
        self.state = state
        process = try ChildProcess(
            DaemonProcess.binary,
            arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            received: { Launched.received($1, from: $0, state) },
            ended: { Launched.ended($0, state) }
        )
    }

    var identifier: Int32 { process.identifier }

    /// The exit status; -1 while it runs.
    var status: Int32 { state.withLock { $0.status ?? -1 } }

    /// Waits for the ready line, or throws when the process ends before it.
    func ready() async throws -> DaemonProcess.Addresses {
        let addresses = await until { state -> DaemonProcess.Addresses?? in
            if let addresses = state.addresses { return .some(addresses) }
            return state.hasEnded && state.openStreams == 0 ? .some(nil) : .none
        }
        guard let addresses else { throw DaemonProcess.Failure.exited(status, log) }
        return addresses
    }

    /// Waits for the process to end and its output to be read.
    func end() async {
        await until { $0.hasEnded && $0.openStreams == 0 ? () : nil }
    }

    /// Waits until the log holds a line with the text; false where the process ends without it.
    func line(containing text: String) async -> Bool {
        await until { state in
            if state.lines.contains(where: { $0.contains(text) }) { return true }
            return state.hasEnded && state.openStreams == 0 ? false : nil
        }
    }

    var log: String { state.withLock { $0.lines.joined(separator: "\n") } }
    var standardOutput: String { state.withLock { $0.standardOutput } }

    /// Waits for a state of interest; checked under the lock that changes take, so that none is missed.
    private func until<Result: Sendable>(_ probe: @Sendable (State) -> Result?) async -> Result {
        while true {
            if let result = state.withLock({ probe($0) }) { return result }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if probe(state) != nil { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private static func received(_ bytes: [UInt8], from stream: ChildProcess.Stream, _ state: State.Box) {
        let waiters = state.withLock { state in
            if bytes.isEmpty {
                state.openStreams -= 1
            } else {
                state.partial[stream, default: []] += bytes
                if stream == .output { state.standardOutput += String(decoding: bytes, as: UTF8.self) }
                while let buffer = state.partial[stream], let newline = buffer.firstIndex(of: 10) {
                    let line = String(decoding: buffer[..<newline], as: UTF8.self)
                    state.partial[stream] = Array(buffer[(newline + 1)...])
                    state.lines.append(line)
                    if state.addresses == nil { state.addresses = Launched.addresses(in: line) }
                }
            }
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    private static func ended(_ status: Int32, _ state: State.Box) {
        let waiters = state.withLock { state in
            state.status = status
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Reads `{"msg":"Placeguard is ready","http":"...","feed":"..."}` out of a JSON log line.
    private static func addresses(in line: String) -> DaemonProcess.Addresses? {
        guard line.contains("Placeguard is ready"),
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let http = object["http"] as? String, let feed = object["feed"] as? String
        else { return nil }
        return DaemonProcess.Addresses(http: http, feed: feed)
    }
}
