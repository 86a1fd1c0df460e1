package import Safeguarding

/// The sum behind a score as one reader may see it.
///
/// design.md "Trust": outside the full view there are no points, so no lines; in it, an item of the compartments
/// `police-intel` and `lado` is a `restricted-item` without its own clearance, with points but without sign, time,
/// agency or report (whose identifier holds a time).
package struct ShownExplanation: Sendable {
    /// One item of one event.
    package struct Line: Sendable {
        /// From 1, heaviest event first.
        package var event: Int
        /// Nil = restricted.
        package var details: Details?
        /// What the item alone would be worth.
        package var itemPoints: Points
        /// What of it enters the sum.
        package var counted: Points
    }

    /// What may be said of an item that is not restricted.
    package struct Details: Sendable {
        package var item: ExplainedItem
        package var signLabel: String
        /// Nil also where the lifting report is restricted itself.
        package var liftedBy: ReportID?
    }

    /// An item that changed no number.
    package struct Uncounted: Sendable {
        /// Nil = restricted.
        package var item: UncountedItem?
        package var reason: UncountedItem.Reason
    }

    /// Nil where the reader is not told.
    package var lines: [Line]?
    /// What event caps took away, by event; only those that did.
    package var capped: [(event: Int, points: Points)]
    package var uncounted: [Uncounted]
    package var rules: [String]
    package var controls: [ExplainedControl]

    package init(_ explanation: Explanation, reader: Reader, signLabels: [String: String]) {
        rules = explanation.caps
        controls = explanation.controls
        guard reader.view == .full else {
            lines = nil
            capped = []
            uncounted = []
            return
        }
        let restricted = Set(
            explanation.events.flatMap(\.items).filter { !reader.mayOpen($0.compartment) }.map(\.report)
        )
        lines = explanation.events.enumerated().flatMap { index, event in
            event.items.map { item in
                Line(
                    event: index + 1,
                    details: reader.mayOpen(item.compartment)
                        ? Details(
                            item: item,
                            signLabel: signLabels[item.sign] ?? item.sign,
                            liftedBy: item.liftedBy.flatMap { restricted.contains($0) ? nil : $0 }
                        ) : nil,
                    itemPoints: item.itemPoints,
                    counted: item.counted
                )
            }
        }
        capped = explanation.events.enumerated().compactMap { index, event in
            event.cappedBy == .zero ? nil : (index + 1, event.cappedBy)
        }
        uncounted = explanation.notCounted.map { item in
            Uncounted(item: reader.mayOpen(item.compartment) ? item : nil, reason: item.reason)
        }
    }
}

extension Reader {
    /// Whether the reader may see the records of a compartment one by one.
    package func mayOpen(_ compartment: Compartment) -> Bool {
        switch compartment {
        case .openPartner: true
        case .statutoryOnly: clearances.contains(.statutory)
        case .policeIntel: clearances.contains(.statutory) && clearances.contains(.police)
        case .lado: clearances.contains(.statutory) && clearances.contains(.lado)
        }
    }
}
