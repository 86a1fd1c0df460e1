import Safeguarding

/// What becomes of a band that is below the published one (scoring.md section 10, rule 7).
enum Fall: Hashable {
    /// It is not down.
    case none
    /// Not down for long enough yet, or held until a review.
    case waits
    /// New items joined events and that alone brought it down: the published band stays and a person is asked.
    case joined
    case eases([AlertReason])

    /// Whether the published band stands although the band in effect is lower.
    var isHeldBack: Bool { self == .waits || self == .joined }
}

extension Deciding {
    /// Judges a fall and keeps its memory: since when the band is down, and whether a review must see it first.
    mutating func judgeFall() -> Fall {
        switch movement {
        case .settled:
            state.downSince = nil
            state.heldSince = nil
            return .eases(input.withdrew ? [.bandDown, .withdrawn] : [.bandDown])
        case .down: return judgeDown()
        case .none, .known, .raised, .rising, .becameUnrated:
            state.downSince = nil
            state.heldSince = nil
            return .none
        }
    }

    private mutating func judgeDown() -> Fall {
        if let received = input.newItems.map(\.received).max(), isLoweredByNewItems {
            state.heldSince = max(received, state.heldSince ?? received)
            state.downSince = nil
            return .joined
        }
        if state.heldSince != nil { return .waits }
        if input.withdrew && state.downSince == nil { return .eases([.bandDown, .withdrawn]) }
        let since = state.downSince ?? now
        guard now >= template.alerts.easing.end(from: since, context.workingTime) else {
            state.downSince = since
            return .waits
        }
        state.downSince = nil
        return .eases(judgementEnded ? [.bandDown, .judgement] : [.bandDown])
    }

    /// The band would be higher had the new items not come.
    private var isLoweredByNewItems: Bool {
        let without = Band.effective(
            machine: input.bandWithoutNewItems,
            judgements: input.judgements,
            in: input.view,
            at: now
        )
        return BandMovement(from: without, to: band) == .down
    }

    /// A judgement that carried the published band has ended since it was published.
    private var judgementEnded: Bool {
        input.judgements.contains { judgement in
            judgement.band == input.published.band && judgement.until <= now && judgement.belongs(to: input.view)
                && (input.published.at.map { judgement.until > $0 } ?? true)
        }
    }
}

extension Judgement {
    /// An open judgement enters both views, a full one only `full`.
    func belongs(to view: View) -> Bool { self.view == .open || view == .full }
}
