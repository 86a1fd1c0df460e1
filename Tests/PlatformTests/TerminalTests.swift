import Platform
import Testing

@Suite struct TerminalTests {
    // Input is a file, a pipe or /dev/null under the test runner, so what follows is about streams that are no terminal.
    @Test(
        arguments: [("100", 100), ("5", 20), ("20", 20), ("99999", 1_000), ("wide", 80), (nil, 80)] as [(String?, Int)]
    )
    func `takes the width from COLUMNS where there is no terminal`(columns: String?, width: Int) async {
        await #expect(processExitsWith: .success) { [columns, width] in
            let environment = columns.map { ["COLUMNS": $0] } ?? [:]
            let terminal = Terminal(.input, environment: environment)
            if !terminal.isInteractive { try #require(terminal.width == width) }
        }
    }

    @Test func `colours only for a person who wants them`() {
        let terminal = Terminal(.input, environment: ["TERM": "dumb"])
        #expect(!terminal.wantsColour)
        #expect(!Terminal(.input, environment: ["NO_COLOR": "1"]).wantsColour)
    }
}
