/// The kinds of partner; the kind gives the default grade, compartment and what may be claimed.
package enum AgencyKind: String, Sendable, CaseIterable, Codable {
    case licensing
    case taxiOperator = "taxi-operator"
    case cctv
    case childrensServices = "childrens-services"
    case police
    case health
    case education
    case tradingStandards = "trading-standards"
    case housing
    case transport
    case community
    case business

    /// The compartment of a report that names none (design.md "Trust").
    package var defaultCompartment: Compartment {
        switch self {
        case .police: .policeIntel
        case .childrensServices, .health, .education: .statutoryOnly
        default: .openPartner
        }
    }
}

/// Who may see a record.
package enum Compartment: String, Sendable, CaseIterable, Codable {
    case openPartner = "open-partner"
    case statutoryOnly = "statutory-only"
    case policeIntel = "police-intel"
    case lado

    /// Whether an item in this compartment counts in the open view.
    package var isOpen: Bool { self == .openPartner }

    /// Whether an item needs a clearance of its own even in the full view: its sign never leaves by itself.
    package var isRestricted: Bool { self == .policeIntel || self == .lado }
}

/// What a credential may be used for.
package enum TokenRole: String, Sendable, CaseIterable, Codable {
    case reporter, coordinator, meeting, steward
}

/// What a credential opens beyond the open view.
package enum Clearance: String, Sendable, CaseIterable, Codable {
    case statutory, police, lado
}

/// The lawful basis recorded with a report (domain.md 7.1); `consent` is refused for safeguarding.
package enum LawfulBasis: String, Sendable, CaseIterable, Codable {
    case publicTask = "public-task"
    case legalObligation = "legal-obligation"
    case recognisedLegitimateInterest = "recognised-legitimate-interest"
    case legitimateInterest = "legitimate-interest"
    case vitalInterests = "vital-interests"
}

/// Whether the family agreed to early help: a service, not a lawful basis.
package enum EarlyHelpAgreement: String, Sendable, CaseIterable, Codable {
    case yes, no
    case notAsked = "not-asked"
}

/// How a linked agency or person stands to a place.
package enum LocationLink: String, Sendable, CaseIterable, Codable {
    case `operator`, employer
}
