import Safeguarding

/// The fields of a report that a mapping can fill, by the path under which interfaces.md names them.
package enum MappingTarget: String, Sendable, CaseIterable {
    case observed
    case observedFrom = "observed.from"
    case observedTo = "observed.to"
    case observedPrecision = "observed.precision"
    case locationID = "location.id"
    case locationRegister = "location.register"
    case locationUPRN = "location.uprn"
    case locationPlate = "location.vehicle.plate"
    case locationLicensedBy = "location.vehicle.licensedBy"
    case locationName = "location.name"
    case locationPostcode = "location.postcode"
    case locationGridReference = "location.gridReference"
    case locationEasting = "location.easting"
    case locationNorthing = "location.northing"
    case locationLongitude = "location.longitude"
    case locationLatitude = "location.latitude"
    case locationCategory = "location.category"
    case locationAccuracy = "location.accuracyMetres"
    case journeyFromName = "journey.from.name"
    case journeyFromPostcode = "journey.from.postcode"
    case journeyToName = "journey.to.name"
    case journeyToPostcode = "journey.to.postcode"
    case role, attribution, signs, knowledge, grade, originator, compartment
    case handlingCode = "handling.code"
    case handlingConditions = "handling.conditions"
    case lawfulBasis
    case earlyHelpAgreement
    case narrative
    case happeningNow
    case adultWorksWithChildren
    case selfReport

    /// The codes that the field takes; nil where it takes anything, or what the template says.
    var codes: [String]? {
        switch self {
        case .observedPrecision: TimePrecision.allCases.map(\.rawValue)
        case .locationCategory: LocationCategory.allCases.map(\.rawValue)
        case .role: LocationRole.allCases.map(\.rawValue)
        case .attribution: Attribution.allCases.map(\.rawValue)
        case .knowledge: Knowledge.allCases.map(\.rawValue)
        case .compartment: Compartment.allCases.map(\.rawValue)
        case .handlingCode: HandlingCode.allCases.map(\.rawValue)
        case .lawfulBasis: LawfulBasis.allCases.map(\.rawValue)
        case .earlyHelpAgreement: EarlyHelpAgreement.allCases.map(\.rawValue)
        case .happeningNow, .adultWorksWithChildren, .selfReport: ["true", "false"]
        default: nil
        }
    }

    /// A time in the file's format.
    var isTime: Bool { self == .observed || self == .observedFrom || self == .observedTo }

    /// The fields that stand behind a path of the validator's, such as `location.point` or `signs[2]`.
    static func targets(of path: String) -> [MappingTarget] {
        switch path {
        case "location.point": return [.locationLongitude, .locationLatitude]
        case "location.gridReference": return [.locationGridReference, .locationEasting, .locationNorthing]
        default:
            let plain = path.prefix { $0 != "[" }
            let exact = allCases.filter { $0.rawValue == plain }
            return exact.isEmpty ? allCases.filter { $0.rawValue.hasPrefix(plain + ".") } : exact
        }
    }
}
