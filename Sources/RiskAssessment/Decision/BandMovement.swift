package import Safeguarding

extension Band {
    /// The band in effect: the machine's, or the highest judgement in force where that is higher; a person's own rating
    /// stands where the machine knows nothing (design.md "Effective band").
    package static func effective(
        machine: Band?,
        judgements: [Judgement],
        in view: View,
        at now: Moment
    ) -> Band? {
        let judged = judged(judgements, in: view, at: now)
        return machine.map { effective(machine: $0, judged: judged) } ?? judged
    }

    /// The highest of the judgements in force; nil where there is none.
    package static func judged(_ judgements: [Judgement], in view: View, at now: Moment) -> Band? {
        judgements.filter { $0.counts(in: view, at: now) }.map(\.band).max { ($0.rank ?? 0) < ($1.rank ?? 0) }
    }
}

/// From the published band to the one in effect (scoring.md section 10).
enum BandMovement: Hashable {
    case none
    /// Up, to green from nothing: a baseline and no alert.
    case known
    /// Up from green, from nothing or from unrated, to above green.
    case raised
    /// Up otherwise.
    case rising
    case becameUnrated
    /// From unrated to green or nothing: without a wait.
    case settled
    case down

    init(from: Band?, to: Band?) {
        let ranks = (before: from?.rank ?? 0, after: to?.rank ?? 0)
        switch (from, to) {
        case (.unrated, .unrated): self = .none
        case (_, .unrated): self = .becameUnrated
        case (.unrated, _): self = ranks.after > 1 ? .raised : .settled
        case _ where ranks.after > ranks.before:
            self = ranks.after == 1 ? .known : ranks.before <= 1 ? .raised : .rising
        case _ where ranks.after < ranks.before: self = .down
        default: self = .none
        }
    }

    var isUp: Bool { self == .raised || self == .rising }
}
