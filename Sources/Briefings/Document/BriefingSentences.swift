import Safeguarding

// Sentences and short lists that more than one rendering shows.

extension BriefingDocument {
    /// The headline in one sentence.
    package var summarySentence: String {
        let bands = countsByBand.map { "\($0.count.text) \($0.band.label.lowercased())" }.joined(separator: ", ")
        let shown = places.count < matching ? " The \(places.count) most urgent are shown." : ""
        let noun = matching == 1 ? "place matches" : "places match"
        return "\(matching) \(noun)\(bands.isEmpty ? "" : ": " + bands).\(shown) Open reviews: \(openReviews), "
            + "of the places shown \(changes.overdue.count) overdue."
    }

    /// As-of time, template, view, audit: what makes a number checkable.
    package var sourceFacts: [(name: String, value: String)] {
        [
            (
                "As of",
                "\(London.display(header.asOf)) (London), \(header.asOf.rfc3339), by the database’s clock; every "
                    + "number was read in one snapshot"
            ),
            ("Period", "\(header.from.rfc3339) to \(header.cutOff.rfc3339)"),
            ("Template", "\(sources.templateTitle) (\(sources.templateID), version \(sources.templateVersion))"),
            ("View", header.view.sentence),
            (
                "Rating",
                "the higher of the computed rating and an assessor’s own judgement; unrated stays unrated until a "
                    + "person has looked"
            ),
            ("Counts", "reports, never children; each report once however many signs it names"),
            ("Audit", sources.auditHead.map { "sealed up to \($0)" } ?? "nothing sealed yet"),
        ]
    }
}

extension BriefingChanges {
    /// The groups that hold something, in the order in which a meeting takes them.
    package var groups: [(title: String, indices: [Int])] {
        [("Higher", higher), ("New", new), ("Lower", lower), ("Review overdue", overdue)].filter { !$0.1.isEmpty }
    }
}

extension SystemHealth {
    package var silentSentence: String {
        silent.isEmpty
            ? "Every kind of agency reported in the period."
            : "No report in the period from: " + silent.map(\.label).joined(separator: ", ") + "."
    }

    package var unlocatedSentence: String {
        unlocated == .exact(0)
            ? "No report is waiting to be given a place."
            : "Reports waiting to be given a place: \(unlocated.text)."
    }
}
