import Safeguarding

/// An originator as it is hashed: an agency's own value, or one of a scheme that every agency shares.
///
/// The same person is the same origin through whichever agency they report, so shared values are brought to one spelling
/// first; an agency's own values are taken as they come.
struct OriginatorValue: Equatable {
    /// `email`, `phone`, `warrant` or `badge`; nil for an agency's own.
    var scheme: String?
    /// What is hashed: `scheme:value`, or `agency|value`.
    var message: String

    /// Why a value is none.
    enum Fault: Error, Equatable {
        case badEmail, badPhone, badWarrant, badBadge
        /// Warrant numbers come from police only.
        case warrantNotFromPolice
        /// Badge numbers come from licensing and transport only.
        case badgeNotFromLicensing

        var message: String {
            switch self {
            case .badEmail: "is no e-mail address"
            case .badPhone: "is no telephone number"
            case .badWarrant: "is no warrant number"
            case .badBadge: "is no badge number"
            case .warrantNotFromPolice: "names a warrant, which only police may"
            case .badgeNotFromLicensing: "names a badge, which only licensing and transport may"
            }
        }

        var accepted: String {
            switch self {
            case .badEmail: "email:name@example.org"
            case .badPhone: "phone:+447700900123"
            case .badWarrant: "warrant:FORCE/NUMBER"
            case .badBadge: "badge:COUNCIL/NUMBER"
            case .warrantNotFromPolice, .badgeNotFromLicensing: "a reference of the agency's own, or email: or phone:"
            }
        }
    }

    /// Reads cleaned text; schemes in any case.
    static func read(_ text: String, from principal: Principal) throws(Fault) -> OriginatorValue {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let rest = String(parts[1])
            switch parts[0].lowercased() {
            case "email":
                guard let address = EmailAddress.normalised(rest) else { throw .badEmail }
                return OriginatorValue(scheme: "email", message: "email:" + address)
            case "phone":
                guard let number = PhoneNumber.normalised(rest) else { throw .badPhone }
                return OriginatorValue(scheme: "phone", message: "phone:" + number)
            case "warrant":
                guard principal.agencyKind == .police else { throw .warrantNotFromPolice }
                guard let number = issued(rest) else { throw .badWarrant }
                return OriginatorValue(scheme: "warrant", message: "warrant:" + number)
            case "badge":
                guard [.licensing, .transport].contains(principal.agencyKind) else { throw .badgeNotFromLicensing }
                guard let number = issued(rest) else { throw .badBadge }
                return OriginatorValue(scheme: "badge", message: "badge:" + number)
            default: break
            }
        }
        return OriginatorValue(scheme: nil, message: principal.agency + "|" + text)
    }

    /// `ISSUER/NUMBER` in upper case without spaces, letters, digits, hyphens and dots.
    private static func issued(_ text: String) -> String? {
        let packed = text.uppercased().filter { $0 != " " }
        let parts = packed.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            packed.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || "-./".utf8.contains($0) })
        else { return nil }
        return packed
    }
}
