/// The keyed hash of an originator: HMAC-SHA-256, so that one person is one origin through whichever agency they report.
package struct OriginatorHash: Hashable, Comparable, Sendable {
    package var words: (UInt64, UInt64, UInt64, UInt64)

    package init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        words = (a, b, c, d)
    }

    /// Reads 32 big-endian bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var parts: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { parts[index / 8] = parts[index / 8] << 8 | UInt64(byte) }
        words = (parts[0], parts[1], parts[2], parts[3])
    }

    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    package static func == (a: OriginatorHash, b: OriginatorHash) -> Bool { a.words == b.words }
    package static func < (a: OriginatorHash, b: OriginatorHash) -> Bool { a.words < b.words }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// One version of one sign of one report at a location, as recorded: the evidence before a template gives it weight.
package struct RecordedItem: Sendable, Hashable {
    /// Row identity of this version; the considered marks are set for exactly the versions that were read.
    package var version: Int64
    package var report: ReportID
    package var sign: String
    package var grade: Grade
    package var attribution: Attribution
    /// `observedEnd` of design.md: never later than `received`.
    package var observed: Moment
    package var received: Moment
    package var agency: String
    package var agencyKind: AgencyKind
    package var originator: OriginatorHash?
    /// A shared originator value never seen from an agency of the kind that the scheme belongs to.
    package var originatorUnconfirmed: Bool
    package var selfReport: Bool
    package var happeningNow: Bool
    package var compartment: Compartment
    /// Inherited by everything made from the item (domain.md 7.4).
    package var handling: HandlingCode
    /// From an import run started with `--backfile`.
    package var isBackFile: Bool
    package var consideredOpen: Bool
    package var consideredFull: Bool
    package var heldOpen: Bool
    package var heldFull: Bool

    package init(
        version: Int64,
        report: ReportID,
        sign: String,
        grade: Grade,
        attribution: Attribution,
        observed: Moment,
        received: Moment,
        agency: String,
        agencyKind: AgencyKind,
        originator: OriginatorHash? = nil,
        originatorUnconfirmed: Bool = false,
        selfReport: Bool = false,
        happeningNow: Bool = false,
        compartment: Compartment = .openPartner,
        handling: HandlingCode = .permitted,
        isBackFile: Bool = false,
        consideredOpen: Bool = false,
        consideredFull: Bool = false,
        heldOpen: Bool = false,
        heldFull: Bool = false
    ) {
        self.version = version
        self.report = report
        self.sign = sign
        self.grade = grade
        self.attribution = attribution
        self.observed = observed
        self.received = received
        self.agency = agency
        self.agencyKind = agencyKind
        self.originator = originator
        self.originatorUnconfirmed = originatorUnconfirmed
        self.selfReport = selfReport
        self.happeningNow = happeningNow
        self.compartment = compartment
        self.handling = handling
        self.isBackFile = isBackFile
        self.consideredOpen = consideredOpen
        self.consideredFull = consideredFull
        self.heldOpen = heldOpen
        self.heldFull = heldFull
    }

    /// When the report came in, as its id has it: settling it at a place and correcting it move ``received``.
    package var reportReceived: Moment { min(received, Moment(seconds: report.value.milliseconds / 1_000)) }

    /// Whether the view counts this item at all.
    package func belongs(to view: View) -> Bool { view == .full || compartment.isOpen }

    /// New for a view: no stored decision has considered this version yet (design.md "New").
    package func isNew(in view: View) -> Bool { view == .full ? !consideredFull : !consideredOpen }

    /// Held back by the latest decision of a view, to be told with what follows (PROTOCOL.md "Events").
    package func isHeld(in view: View) -> Bool { view == .full ? heldFull : heldOpen }
}
