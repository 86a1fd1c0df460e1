/// Who acts on a place, for the audit and for the view a judgement belongs to.
package struct Steward: Sendable, Hashable {
    /// `person:CODE` or `admin:OSUSER`.
    package var actor: String
    package var reader: Reader

    package init(actor: String, reader: Reader) {
        self.actor = actor
        self.reader = reader
    }
}

/// Whether a response moved the problem elsewhere: asked whenever a place is closed.
package enum Displacement: String, Sendable, CaseIterable {
    case yes, no, unknown
}

/// Why an action on a place was refused.
package enum StewardRefusal: String, Error, Sendable, CaseIterable {
    case unknownLocation = "unknown-location"
    case unknownReport = "unknown-report"
    case unknownControl = "unknown-control"
    case unknownSign = "unknown-sign"
    case notStructural = "not-structural"
    case momentInFuture = "moment-in-future"
    case untilNotLater = "until-not-later"
    case nothingToReview = "nothing-to-review"
    case alreadyLocated = "already-located"
    case conflictOfInterest = "conflict-of-interest"
    case reasonRequired = "reason-required"
    /// More is known of the place than whoever acts has read.
    case changed = "changed"
}

/// What the partnership records about a place; each puts a due row and an audit row in its transaction.
///
/// Every method throws `StewardRefusal` where the action cannot stand.
package protocol StewardActions: Sendable {
    /// Records a control's state; `at` nil = now. A verified control takes `at` as its verification.
    func control(
        _ code: String,
        at location: LocationID,
        state: ControlState,
        moment: Moment?,
        note: String?,
        by: Steward
    ) async throws

    /// Records that an inspection found a structural sign gone.
    func inspect(_ location: LocationID, clearedSign: String, moment: Moment?, by: Steward) async throws

    /// Records a review of the latest stored assessment; its moment is the latest `received` among that assessment's items.
    ///
    /// - Parameter read: When the reviewer read what is known, as the place's page says (`asOf`): `changed` where the latest
    ///   assessment is of that second or later. Without it the review takes in what came while it was written.
    func review(
        _ location: LocationID,
        outcome: String,
        closes: Bool,
        displaced: Displacement?,
        asOf read: Moment?,
        by: Steward
    ) async throws

    /// Records a person's own rating beside the machine's.
    func judge(_ location: LocationID, band: Band, reason: String, until: Moment, by: Steward) async throws

    /// Lets the open view say that restricted information exists, or takes that back.
    func releaseLADO(_ location: LocationID, released: Bool, by: Steward) async throws

    /// Settles an unlocated report at a place.
    func locate(_ report: ReportID, at location: LocationID, by: Steward) async throws
}
