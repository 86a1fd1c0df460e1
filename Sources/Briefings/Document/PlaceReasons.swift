import Safeguarding

// The sentences of a place: why it is on the list, what changed, what is not known. Made from codes and numbers only.

extension PlaceEntry {
    /// Why the place stands where it stands, most telling first.
    package var reasons: [String] {
        var sentences: [String] = []
        if !signs.isEmpty {
            sentences.append("Signs, heaviest first: " + signs.map(\.label).joined(separator: "; ") + ".")
        } else if hasRestrictedItems {
            sentences.append("The signs are held in a restricted compartment.")
        } else {
            sentences.append("No sign counts at present.")
        }
        sentences.append(scoreSentence)
        if let judgedBand {
            sentences.append(
                judgedBand == machineBand
                    ? "An assessor judged it \(judgedBand.label.lowercased()) too."
                    : "An assessor judged it \(judgedBand.label.lowercased()); the score alone says "
                        + "\(machineBand.label.lowercased())."
            )
        }
        sentences += marks.filter { !$0.isGap }.map(\.sentence)
        if hasRestrictedItems, !signs.isEmpty {
            sentences.append("Some signs are held in a restricted compartment and are left out here.")
        }
        return sentences
    }

    private var scoreSentence: String {
        let before = "Likelihood \(likelihood) of 5, severity \(severity) of 5: \(inherent) of 25 before controls"
        return residual < inherent
            ? before + ", \(residual) after controls that were shown to work."
            : before + "; no control lowers it."
    }

    /// What changed since the beginning of the period, in one sentence.
    package var changeSentence: String {
        switch change {
        case .new: "New to the list since then; now \(band.label.lowercased())."
        case .higher, .lower:
            "From \(bandBefore?.label.lowercased() ?? "unknown") to \(band.label.lowercased())."
        case .same: "Still \(band.label.lowercased())."
        case .unrated: "Was \(bandBefore?.label.lowercased() ?? "unknown"); now unrated until a person has looked."
        case .rated: "Was unrated; now \(band.label.lowercased())."
        case nil: "Now \(band.label.lowercased())."
        }
    }

    /// What is not known, and what somebody must still do.
    package var gaps: [String] {
        var sentences: [String] = []
        if contactCoordinator {
            sentences.append("More is known than this view may show: contact the coordinator.")
        }
        if band == .unrated, !marks.contains(.possible5), !marks.contains(.suspectedFalseOnly) {
            sentences.append("Nobody has rated it yet although something grave was said; a person must look.")
        }
        sentences += marks.filter(\.isGap).map(\.sentence)
        if confidence == .low {
            sentences.append("Confidence is low: treat the rating as a question, not as a finding.")
        }
        if isReviewOverdue {
            sentences.append(
                reviewDue.map { "The review was due on \(London.display(London.date(at: $0))) and is overdue." }
                    ?? "A review is overdue."
            )
        }
        if position == .none, !category.isRestricted { sentences.append("No position is recorded.") }
        return sentences
    }

    /// Reports by kind of agency, in words.
    package var countsSentence: String {
        let total = "Reports counted: " + (reports?.text ?? "\(ShownCount.threshold) or more")
        guard !reportsByKind.isEmpty else { return total + "." }
        return total + " (" + reportsByKind.map { "\($0.kind.label) \($0.count.text)" }.joined(separator: ", ") + ")."
    }

    /// Open alerts and the review, in words.
    package var openSentences: [String] {
        var sentences = openAlerts.map { alert in
            "\(alert.cause.label) alert, urgency \(alert.urgency.label), open since \(London.display(alert.openedAt))."
        }
        if let reviewDue {
            sentences.append(
                (isReviewOverdue ? "Review overdue since " : "Review due ") + London.display(London.date(at: reviewDue))
                    + "."
            )
        } else if isReviewOverdue {
            sentences.append("Review overdue.")
        }
        return sentences
    }
}
