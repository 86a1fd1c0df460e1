import TestSupport

extension LineClient {
    /// Subscribes, and counts from where the answer says; answers it.
    func subscribe(_ command: String, counting tally: inout EventTally) async throws -> String {
        let answer = try await ask(command)
        guard let at = ServerReply.field("at", of: answer) else { throw Unexpected(line: answer) }
        tally.begins(at: at)
        return answer
    }

    /// Reads events up to a position or beyond it, whatever is missing on the way.
    func read(upTo position: Int64, counting tally: inout EventTally) async throws {
        while tally.last < position {
            let line = try await line()
            guard !line.hasPrefix("BYE ") else { throw Unexpected(line: line) }
            tally.take(line)
        }
    }

    /// Sends a tagged command and answers its reply; events before it are counted.
    func ask(_ command: String, counting tally: inout EventTally) async throws -> String {
        try await send("@q " + command)
        while true {
            let line = try await line()
            if line.hasPrefix("OK @q ") || line.hasPrefix("ERR @q ") { return line }
            tally.take(line)
        }
    }
}
