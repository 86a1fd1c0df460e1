import Safeguarding

/// A scored item in numbers: names are positions in the tables of one assessment.
struct ScoredItem {
    /// Position in the evidence.
    var source: Int32
    /// Position in the template's catalogue.
    var sign: Int32
    var agency: Int32
    /// The given originator, or -1.
    var originator: Int32
    /// The originator, or "somebody at this agency" where none was given.
    var origin: Int32
    var report: Int32
    var observed: Int64
    var received: Int64
    var severity: Int64
    var sourceGrade: SourceGrade
    var information: InformationGrade
    var attribution: Attribution
    /// Counts with the better grade's factor, because it was corroborated.
    var isLifted = false
    /// In hundredths.
    var ageFactor: Int64 = 0
    /// Points at 10^-8 with every age factor taken as 1.00, for the trend.
    var fullPoints: Int64 = 0
    /// Points at 10^-8.
    ///
    /// At most 5 x 10^8, so sums in units of 10^-10 stay inside 64 bits up to a hundred million items of one place.
    var points: Int64 = 0

    var isInWindow: Bool { ageFactor > 0 }
}
