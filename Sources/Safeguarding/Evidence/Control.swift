/// Where a control measure stands (domain.md 4.8): paper controls are weak evidence, so each has to be shown.
package enum ControlState: String, Sendable, CaseIterable, Codable {
    case claimed, evidenced, verified, failed, lapsed
}

/// The latest state of a control measure at a location.
package struct Control: Sendable, Hashable {
    /// Code of the template's control catalogue.
    package var code: String
    package var state: ControlState
    /// When it was verified, where the state is `verified`.
    package var verified: Moment?
    /// When the state came about.
    package var at: Moment
    /// When the state was recorded, server time.
    package var recorded: Moment

    package init(code: String, state: ControlState, verified: Moment?, at: Moment, recorded: Moment) {
        self.code = code
        self.state = state
        self.verified = verified
        self.at = at
        self.recorded = recorded
    }
}

/// A review of a place by the partnership; a closing one settles severity 5 and possible 5.
package struct Review: Sendable, Hashable {
    package var at: Moment
    package var recorded: Moment
    package var closes: Bool
    /// The view whose evidence it settles: it counts in no other. A reader of `full` has seen everything and gives one
    /// for each view; a reader of `open` settles nothing they could not see.
    package var view: View

    package init(at: Moment, recorded: Moment, closes: Bool, view: View = .full) {
        self.at = at
        self.recorded = recorded
        self.closes = closes
        self.view = view
    }
}

/// An inspection that found a structural sign gone.
package struct Inspection: Sendable, Hashable {
    package var sign: String
    package var at: Moment
    package var recorded: Moment

    package init(sign: String, at: Moment, recorded: Moment) {
        self.sign = sign
        self.at = at
        self.recorded = recorded
    }
}

/// A person's own rating of a place beside the machine's, in force until a date (design.md "Effective band").
package struct Judgement: Sendable, Hashable {
    package var band: Band
    package var at: Moment
    package var recorded: Moment
    package var until: Moment
    /// The view its author read: an open judgement enters both views, a full one only `full`.
    package var view: View

    package init(band: Band, at: Moment, recorded: Moment, until: Moment, view: View) {
        self.band = band
        self.at = at
        self.recorded = recorded
        self.until = until
        self.view = view
    }

    package func counts(in view: View, at now: Moment) -> Bool {
        (self.view == .open || view == .full) && at <= now && recorded <= now && now < until
    }
}
