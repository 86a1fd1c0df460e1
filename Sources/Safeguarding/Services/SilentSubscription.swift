/// A subscription that is always to be connected, such as a relay's, and is silent: nobody passes on what it is meant to.
package struct SilentSubscription: Sendable, Hashable {
    package var subject: String
    package var name: String
    package var view: View
    /// When it last acknowledged anything, or was declared standing.
    package var since: Moment

    package init(subject: String, name: String, view: View, since: Moment) {
        self.subject = subject
        self.name = name
        self.view = view
        self.since = since
    }

    /// Seconds after which one counts as silent: it had two exercises to acknowledge, and a minute for the last.
    package static let patience = 2 * ExerciseTimes.interval + ExerciseTimes.grace
}
