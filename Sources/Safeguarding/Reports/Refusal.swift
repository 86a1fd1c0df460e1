/// Why something was refused: a closed list of stable names, each with a counter (design.md rule 6).
package enum RefusalReason: String, Sendable, CaseIterable {
    // The body as a whole.
    case badJSON = "bad-json"
    case badUnicode = "bad-unicode"
    case tooDeep = "too-deep"
    case tooLarge = "too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case contentEncoding = "content-encoding"
    case badCSV = "bad-csv"
    // Fields.
    case unknownField = "unknown-field"
    case duplicateField = "duplicate-field"
    case missingField = "missing-field"
    case wrongType = "wrong-type"
    case badReference = "bad-reference"
    case badTime = "bad-time"
    case observedInFuture = "observed-in-future"
    case observedTooOld = "observed-too-old"
    case observedBackwards = "observed-backwards"
    case badLocation = "bad-location"
    case badCoordinates = "bad-coordinates"
    case badGridReference = "bad-grid-reference"
    case badPostcode = "bad-postcode"
    case unknownCategory = "unknown-category"
    case outOfRange = "out-of-range"
    case tooLong = "too-long"
    case badRole = "bad-role"
    case attributionRequired = "attribution-required"
    case badAttribution = "bad-attribution"
    case noSigns = "no-signs"
    case tooManySigns = "too-many-signs"
    case unknownSign = "unknown-sign"
    case duplicateSign = "duplicate-sign"
    case badKnowledge = "bad-knowledge"
    case badGrade = "bad-grade"
    case gradingNotAllowed = "grading-not-allowed"
    case badOriginator = "bad-originator"
    case badCompartment = "bad-compartment"
    case compartmentTooWide = "compartment-too-wide"
    case badHandling = "bad-handling"
    case conditionsRequired = "conditions-required"
    case consentIsNoBasis = "consent-is-no-basis"
    case badLawfulBasis = "bad-lawful-basis"
    case badEarlyHelpAgreement = "bad-early-help-agreement"
    case badJourney = "bad-journey"
    case narrativeTooLong = "narrative-too-long"
    /// A cell whose value the mapping of the file does not know.
    case unknownValue = "unknown-value"
    // State.
    case referenceReused = "reference-reused"
    case unknownReport = "unknown-report"
    case alreadyWithdrawn = "already-withdrawn"
    case revisionNotHigher = "revision-not-higher"
    case mappingOfOtherTemplate = "mapping-of-other-template"
    case missingColumn = "missing-column"
    // Who and when.
    case unauthorized
    case forbidden
    case agreementLapsed = "agreement-lapsed"
    case slowDown = "slow-down"
    case overloaded
    case draining
    case databaseUnavailable = "database-unavailable"
    case storageFull = "storage-full"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case notAcceptable = "not-acceptable"
    case requestTimeout = "request-timeout"
    case badQuery = "bad-query"
    case internalError = "internal-error"
}

/// One fault of a submission, as shown to the one who sent it.
///
/// `message` is ours and never repeats what was sent.
package struct Fault: Sendable, Hashable, Error {
    /// Path of the field, such as `location.point`; empty for the whole.
    package var field: String
    package var reason: RefusalReason
    package var message: String
    /// What would be accepted.
    package var accepted: String?

    package init(field: String, reason: RefusalReason, message: String, accepted: String? = nil) {
        self.field = field
        self.reason = reason
        self.message = message
        self.accepted = accepted
    }
}
