import Safeguarding

/// Which item versions a change of a report ends and which it begins (design.md "Corrections"); pure.
struct ItemChanges: Hashable {
    /// Versions no longer in force.
    var superseded: [Int64] = []
    var added: [Addition] = []

    /// A version that begins.
    struct Addition: Hashable {
        var draft: ItemDraft
        /// Those of the version it replaces where nothing that is decided on has changed.
        var marks = ItemMarks.new
    }

    /// The report is withdrawn: nothing stays in force.
    static func withdrawal(of items: [StoredItem]) -> ItemChanges {
        ItemChanges(superseded: items.map(\.version))
    }

    /// The report is settled at a place: every item begins there, new, received when it was settled.
    ///
    /// `received` moves so that no review of the place made before settles what it could not see. What was observed, and
    /// up to when, stays as it was.
    static func settling(_ items: [StoredItem], at moment: Moment, isSelfReport: Bool) -> ItemChanges {
        ItemChanges(
            superseded: items.map(\.version),
            added: items.map { item in
                var draft = item.draft
                draft.received = moment
                draft.selfReport = isSelfReport
                return Addition(draft: draft)
            }
        )
    }

    /// The report is corrected.
    ///
    /// An item whose sign, grade or observed changed, or that moved to another place, or that is now said to be happening,
    /// takes the correction's moment as `received` and is new. One in which only something else changed keeps `received`
    /// and its marks. One in which nothing changed stays.
    ///
    /// - Parameters:
    ///   - corrected: The items of the new form, as if received at `moment`.
    ///   - observedTo: The end of the new form's interval.
    ///   - isSameInterval: The new form says the same of when it was observed. What ended with the receipt of a report
    ///     that was settled or moved since cannot be told from the end alone.
    ///   - isMoved: The report's place is another one.
    static func correction(
        of items: [StoredItem],
        to corrected: [ItemDraft],
        observedTo: Moment,
        isSameInterval: Bool = false,
        isMoved: Bool,
        at moment: Moment
    ) -> ItemChanges {
        var changes = ItemChanges()
        var stored: [String: StoredItem] = [:]
        for item in items { stored[item.draft.sign] = item }
        for draft in corrected {
            guard let item = stored.removeValue(forKey: draft.sign) else {
                changes.added.append(Addition(draft: draft))
                continue
            }
            var unmoved = draft
            unmoved.received = item.draft.received
            unmoved.observed = isSameInterval ? item.draft.observed : min(observedTo, item.draft.received)
            let isNew =
                isMoved || unmoved.grade != item.draft.grade || unmoved.observed != item.draft.observed
                || (unmoved.happeningNow && !item.draft.happeningNow)
            if !isNew, unmoved == item.draft { continue }
            changes.superseded.append(item.version)
            if isNew {
                var moved = draft
                // An interval that was not corrected ends where it ended.
                if unmoved.observed == item.draft.observed { moved.observed = item.draft.observed }
                changes.added.append(Addition(draft: moved))
            } else {
                let marks = item.marks.inherited(by: unmoved.compartment)
                changes.added.append(Addition(draft: unmoved, marks: marks))
            }
        }
        changes.superseded += items.filter { stored[$0.draft.sign] == $0 }.map(\.version)
        return changes
    }
}
