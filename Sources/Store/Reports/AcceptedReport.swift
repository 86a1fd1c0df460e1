import Safeguarding

/// A report that will be stored, with everything that was found out about it.
struct AcceptedReport {
    var report: ValidatedReport
    var id: ReportID
    var received: Moment
    var kind: AgencyKind
    /// Nil: unlocated.
    var place: PlacedReference?
    var journeyFrom: LocationID?
    var journeyTo: LocationID?
    var originatorUnconfirmed: Bool
    /// JSON text, returned unchanged whenever the same report comes again.
    var receipt = ""

    /// Claimed, and the agency or person is linked to the place.
    var isSelfReport: Bool { report.selfReport && place?.isLinked == true }

    /// Reads from what was found; nil where the agency is unknown.
    init?(_ report: ValidatedReport, at position: Int, _ reading: BatchReading) {
        guard let kind = reading.kinds[report.agency] else { return nil }
        let base = position * ReferenceColumns.perReport
        self.report = report
        id = reading.ids[position]
        self.kind = kind
        received = reading.received
        place = reading.placed[base]
        journeyFrom = reading.placed[base + 1]?.location.id
        journeyTo = reading.placed[base + 2]?.location.id
        originatorUnconfirmed = reading.unconfirmed.contains(position)
    }

    /// Makes the receipt, now that the place is known.
    mutating func issueReceipt(prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]) {
        let location = place?.shownToReporter
        receipt =
            Receipt(
                report: id,
                reference: report.reference,
                received: received,
                location: location,
                prompts: prompts(report, location)
            ).json.text
    }
}
