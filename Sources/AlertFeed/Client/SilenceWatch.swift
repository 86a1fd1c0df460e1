/// When a person should be told that the service is silent, and that it is heard again.
package struct SilenceWatch: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        case fellSilent, heardAgain
    }

    /// Two heartbeats missed: nothing can come now.
    package static let patience = Duration.seconds(45)

    private var isSilent = false

    package init() {}

    /// Looks at how long nothing has been heard, whether or not there is a connection; nil before the first time.
    package mutating func look(at silence: Duration?) -> Change? {
        let silent = silence.map { $0 >= SilenceWatch.patience } ?? false
        defer { isSilent = silent }
        return silent == isSilent ? nil : silent ? .fellSilent : .heardAgain
    }
}
