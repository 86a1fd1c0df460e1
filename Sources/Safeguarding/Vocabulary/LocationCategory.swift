/// The kinds of place of domain.md section 2.
///
/// The closed list that code relies on; labels, regulators and which of them are restricted are the template's.
package enum LocationCategory: String, Sendable, CaseIterable, Codable {
    case hotel
    case shortLet = "short-let"
    case takeaway
    case licensedPremises = "licensed-premises"
    case shishaLounge = "shisha-lounge"
    case offLicenceShop = "off-licence-shop"
    case privateHire = "private-hire"
    case taxiRank = "taxi-rank"
    case park
    case transportHub = "transport-hub"
    case retailCentre = "retail-centre"
    case schoolVicinity = "school-vicinity"
    case careSettingVicinity = "care-setting-vicinity"
    case residential
    case emptyBuilding = "empty-building"
    case event
    case carPark = "car-park"
    case leisure
    case businessOther = "business-other"
    case online
    case area

    /// Name and position are withheld without clearance (design.md "Trust").
    package var isRestricted: Bool {
        switch self {
        case .careSettingVicinity, .residential, .shortLet: true
        default: false
        }
    }
}
