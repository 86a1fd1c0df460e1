import Testing

@testable import Postgres

/// Plays a script to a conversation: after each event it must ask for the step beside it.
func play<C: Conversation<String>>(
    _ conversation: inout C,
    _ script: [(event: ConversationEvent<String>, step: ConversationStep)],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for (index, line) in script.enumerated() {
        let step = conversation.next(line.event)
        #expect(step == line.step, "line \(index)", sourceLocation: sourceLocation)
    }
}

extension ServerDiagnostics {
    static func error(_ sqlState: String) -> ServerDiagnostics {
        ServerDiagnostics(severity: "ERROR", sqlState: sqlState, message: "test")
    }
}

extension PostgresError {
    static let lostInTest = PostgresError(.connection, "lost")
}
