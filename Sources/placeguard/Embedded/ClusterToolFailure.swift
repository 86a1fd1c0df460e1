/// One of PostgreSQL's programs ended with a failure.
package struct ClusterToolFailure: Error, Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The program, such as `initdb`.
    package let tool: String
    /// How it ended, in words.
    package let ending: String
    /// The end of what it wrote.
    ///
    /// PostgreSQL's start-up messages name paths and settings, never table content.
    package let output: String

    /// With the last lines of the output: they say what to mend.
    package var description: String {
        let lines = output.split(separator: "\n").suffix(4).joined(separator: " / ")
        return lines.isEmpty ? "\(tool) failed (\(ending))" : "\(tool) failed (\(ending)): \(lines)"
    }

    package var debugDescription: String { "\(tool) failed (\(ending)): \(output)" }
}
