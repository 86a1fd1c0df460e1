/// What is wrong with the configuration, all of it at once.
///
/// Says where, and how to mend it; shows no secret.
package struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One fault.
    package struct Fault: Equatable, Sendable, CustomStringConvertible {
        /// The closed list of kinds of faults, with stable names.
        package enum Kind: String, Sendable {
            case unknownKey = "unknown-key"
            case badValue = "bad-value"
            case unreadableFile = "unreadable-file"
            case openSecret = "open-secret"
            case tlsMissing = "tls-missing"
            case contradiction
        }

        /// The kind.
        package let kind: Kind
        /// The file and line, or the variable, or the flag; empty when the fault is not in one place.
        package let place: String
        /// What is wrong and what would be right.
        package let message: String

        package var description: String { place.isEmpty ? message : "\(place): \(message)" }
    }

    /// All faults, in the order they were found.
    package let faults: [Fault]

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
