import Foundation
import Synchronization

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

    var identifier: Int32 { launched.process.processIdentifier }

    /// SIGKILL, then the death awaited.
    func killHard() async {
        kill(identifier, SIGKILL)
        await launched.end()
    }

    /// SIGTERM, then the end awaited; answers the exit status.
    func terminate() async -> Int32 {
        kill(identifier, SIGTERM)
        await launched.end()
        return launched.process.terminationStatus
    }

    /// Everything it logged so far.
    var log: String { launched.log }

    /// Runs one command to its end; answers standard output, throws with everything on a failure.
    static func run(_ arguments: [String], environment: [String: String]) async throws -> String {
        let launched = try Launched(arguments: arguments, environment: environment)
        await launched.end()
        guard launched.process.terminationStatus == 0 else {
            throw Failure.exited(launched.process.terminationStatus, launched.log)
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
        var partial: [String: Data] = [:]
        var openStreams = 2
        var hasEnded = false
        var addresses: DaemonProcess.Addresses?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let process = Process()
    private let state = Mutex(State())

    init(arguments: [String], environment: [String: String]) throws {
        guard FileManager.default.isExecutableFile(atPath: DaemonProcess.binary) else {
            throw DaemonProcess.Failure.noBinary(DaemonProcess.binary)
        }
        process.executableURL = URL(fileURLWithPath: DaemonProcess.binary)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        for (name, pipe) in [("out", output), ("err", errors)] {
            pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
                let data = handle.availableData
                if data.isEmpty { handle.readabilityHandler = nil }
                self?.received(data, from: name)
            }
        }
        process.terminationHandler = { [weak self] _ in self?.ended() }
        try process.run()
    }

    /// Waits for the ready line, or throws when the process ends before it.
    func ready() async throws -> DaemonProcess.Addresses {
        let addresses = await until { state -> DaemonProcess.Addresses?? in
            if let addresses = state.addresses { return .some(addresses) }
            return state.hasEnded && state.openStreams == 0 ? .some(nil) : .none
        }
        guard let addresses else { throw DaemonProcess.Failure.exited(process.terminationStatus, log) }
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

    private func received(_ data: Data, from stream: String) {
        let waiters = state.withLock { state in
            if data.isEmpty {
                state.openStreams -= 1
            } else {
                state.partial[stream, default: Data()].append(data)
                if stream == "out" { state.standardOutput += String(decoding: data, as: UTF8.self) }
                while let buffer = state.partial[stream], let newline = buffer.firstIndex(of: 10) {
                    let line = String(decoding: buffer[buffer.startIndex..<newline], as: UTF8.self)
                    state.partial[stream] = Data(buffer[buffer.index(after: newline)...])
                    state.lines.append(line)
                    if state.addresses == nil { state.addresses = Launched.addresses(in: line) }
                }
            }
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func ended() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            let waiters = state.waiters
            state.waiters = []
            return waiters
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
