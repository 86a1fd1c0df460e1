import Dispatch
import Platform
import Safeguarding
import Synchronization

/// Lines typed at a terminal, as they come; nothing blocks while nobody types.
///
/// For one task: watching ends with the object.
final class KeyboardLines {
    private let inbox = Inbox()
    private let source: any DispatchSourceRead

    init() {
        let keyboard = Terminal(.input)
        source = DispatchSource.makeReadSource(fileDescriptor: Terminal.Stream.input.rawValue)
        source.setEventHandler { [inbox] in inbox.take(keyboard.read()) }
        source.resume()
    }

    deinit { source.cancel() }

    /// The next line; nil at the end of the input, or when the task is cancelled.
    func next() async -> String? { await inbox.next() }
}

/// What was typed and not read yet.
private final class Inbox: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var lines: [String] = []
        var hasEnded = false
    }

    /// Lines, and bytes of one, that are kept unread: more is no person typing.
    private static let mostLines = 64
    private static let mostBytes = 4_096

    private let state = Mutex(State())
    private let typed = Doorbell()

    func next() async -> String? {
        var seen = typed.count
        while !Task.isCancelled {
            let (line, hasEnded) = state.withLock { state in
                (state.lines.isEmpty ? nil : state.lines.removeFirst(), state.hasEnded)
            }
            if let line { return line }
            if hasEnded { return nil }
            seen = await typed.wait(after: seen)
        }
        return nil
    }

    /// - Parameter bytes: None at the end of the input.
    func take(_ bytes: [UInt8]) {
        state.withLock { state in
            if bytes.isEmpty { state.hasEnded = true }
            for byte in bytes {
                if byte != UInt8(ascii: "\n") {
                    if state.bytes.count < Self.mostBytes { state.bytes.append(byte) }
                    continue
                }
                if state.lines.count < Self.mostLines {
                    state.lines.append(String(decoding: state.bytes, as: UTF8.self))
                }
                state.bytes.removeAll(keepingCapacity: true)
            }
        }
        typed.ring()
    }
}
