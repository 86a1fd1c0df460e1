package import Safeguarding

/// What a report may be at most (interfaces.md "Reports"); each number with its reason.
package enum ReportLimits {
    /// Bytes of one JSON object: a full narrative, escaped, and everything else several times over.
    package static let bodyBytes = 128 * 1_024
    /// Objects and arrays inside one another: a journey's vehicle needs four.
    package static let depth = 8
    /// Values in one report; a complete one has fewer than sixty.
    package static let values = 1_000
    /// Characters of the agency's own number: the longest in use is a SHA-256 in hexadecimal.
    package static let referenceCharacters = 64
    /// Signs of one report: more is a list, not an observation.
    package static let signs = 12
    /// Unicode scalars of the narrative, about four pages.
    package static let narrativeScalars = 8_000
    /// Bytes of the narrative: what the scalars need at four bytes each.
    package static let narrativeBytes = 32_000
    /// Scalars of a place's name as a reporter writes it.
    package static let nameScalars = 200
    /// Scalars of handling conditions, or of the reason of a withdrawal: a paragraph.
    package static let conditionsScalars = 2_000
    /// Scalars of an originator: the longest e-mail address (RFC 5321: 254) with its scheme and room.
    package static let originatorScalars = 320
    /// Metres of accuracy: half of the coarsest grid square accepted; a circle wider than that is no place.
    package static let accuracyMetres = 10_000
    /// Characters of a vehicle's plate.
    package static let plateCharacters = 16
    /// Characters of the code of a licensing authority.
    package static let authorityCharacters = 64
    /// Digits of a unique property reference number.
    package static let uprnDigits = 12
    /// Faults named in one answer: a person mends the first hundred before reading on.
    package static let faults = 100
    /// Nothing observed before 1990 is taken in.
    package static let earliest = Moment(seconds: 631_152_000)
}
