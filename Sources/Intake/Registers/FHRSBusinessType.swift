import Safeguarding

/// The business types of the Food Hygiene Rating Scheme and the kind of place each is here (domain.md section 2).
///
/// Keyed on the scheme's `BusinessTypeID`. A coarse guess: the scheme knows no shisha lounges and no children's homes, and
/// a steward may say better for a single place.
enum FHRSBusinessType {
    /// Types not listed are `business-other`.
    static let categories: [String: LocationCategory] = [
        "1": .takeaway,  // Restaurant/Cafe/Canteen
        "5": .careSettingVicinity,  // Hospitals/Childcare/Caring Premises
        "4613": .offLicenceShop,  // Retailers - other
        "7840": .retailCentre,  // Retailers - supermarkets/hypermarkets
        "7842": .hotel,  // Hotel/bed & breakfast/guest house
        "7843": .licensedPremises,  // Pub/bar/nightclub
        "7844": .takeaway,  // Takeaway/sandwich shop
        "7845": .schoolVicinity,  // School/college/university
    ]

    static func category(of identifier: String) -> LocationCategory { categories[identifier] ?? .businessOther }
}
