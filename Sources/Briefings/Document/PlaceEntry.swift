package import Safeguarding

/// One place as a document shows it.
package struct PlaceEntry: Sendable {
    /// How the rating moved since the beginning of the period.
    package enum Change: String, Sendable, CaseIterable {
        case new, higher, lower, same
        /// Rated then, unrated now, or the other way round.
        case unrated, rated

        package init(from before: Band?, to now: Band) {
            guard let before else {
                self = .new
                return
            }
            switch (before.rank, now.rank) {
            case (nil, nil): self = .same
            case (_, nil): self = .unrated
            case (nil, _): self = .rated
            case (let before?, let now?): self = now > before ? .higher : now < before ? .lower : .same
            }
        }

        package var label: String {
            switch self {
            case .new: "New since then"
            case .higher: "Higher"
            case .lower: "Lower"
            case .same: "Unchanged"
            case .unrated: "Now unrated"
            case .rated: "Rated since"
            }
        }
    }

    /// Where the place is, as exactly as the reader may know.
    package enum Position: Sendable, Hashable {
        case exact(longitude: Double, latitude: Double)
        /// Centre of the 1 km cell.
        case coarse(longitude: Double, latitude: Double)
        /// None is recorded, or none may be shown.
        case none

        package var code: String {
            switch self {
            case .exact: "exact"
            case .coarse: "coarse-1km"
            case .none: "none"
            }
        }
    }

    /// A sign with the template's words for it.
    package struct Sign: Sendable, Hashable {
        package var code: String
        package var label: String
    }

    /// Position in the list from 1; nil where the place stands alone.
    package var rank: Int?
    package var id: LocationID
    /// Nil where there is none or it is withheld.
    package var name: String?
    package var isNameWithheld: Bool
    package var category: LocationCategory
    package var categoryLabel: String
    package var areas: [String]
    package var position: Position
    package var band: Band
    package var machineBand: Band
    package var judgedBand: Band?
    package var bandBefore: Band?
    /// Nil where the place is compared with no earlier moment.
    package var change: Change?
    package var trend: Trend
    package var confidence: Confidence
    package var likelihood: Int
    package var severity: Int
    package var inherent: Int
    package var residual: Int
    /// Nil outside the full view.
    package var points: Points?
    package var marks: [Mark]
    package var signs: [Sign]
    /// Items of a compartment that this document leaves out; told in the full view only.
    package var hasRestrictedItems: Bool
    /// Nil where a part of it is suppressed: a total beside its parts would tell the suppressed one.
    package var reports: ShownCount?
    package var reportsByKind: [(kind: AgencyKind, count: ShownCount)]
    package var reviewDue: Moment?
    package var isReviewOverdue: Bool
    package var openAlerts: [OpenAlert]
    package var assessedAt: Moment
    /// More is known than this view shows.
    package var contactCoordinator: Bool

    /// What the place is called on paper; never empty.
    package var title: String {
        if let name { return name }
        return isNameWithheld ? categoryLabel + ", name withheld" : categoryLabel + ", no name recorded"
    }

    /// The end of the identifier: enough to tell two unnamed places apart when read aloud.
    package var shortReference: String { String(id.text.suffix(12)) }
}

extension PlaceEntry {
    /// One place for one reader, with the words of the picture's template.
    ///
    /// What the view may not know is dropped even where the summary carries it.
    package init(
        _ place: PlaceSummary,
        rank: Int?,
        view: View,
        signLabels: [String: String],
        categoryLabels: [LocationCategory: String]
    ) {
        self.rank = rank
        id = place.id
        name = place.isNameWithheld ? nil : place.name
        isNameWithheld = place.isNameWithheld
        category = place.category
        categoryLabel = categoryLabels[place.category] ?? place.category.rawValue
        areas = place.areas
        position =
            if let longitude = place.longitude, let latitude = place.latitude {
                place.isCoarse
                    ? .coarse(longitude: longitude, latitude: latitude)
                    : .exact(longitude: longitude, latitude: latitude)
            } else {
                .none
            }
        band = place.band
        machineBand = place.machineBand
        judgedBand = place.judgedBand
        bandBefore = place.bandBefore
        change = place.isCompared ? Change(from: place.bandBefore, to: place.band) : nil
        trend = place.trend
        confidence = place.confidence
        likelihood = place.likelihood
        severity = place.severity
        inherent = place.inherent
        residual = place.residual
        points = view == .full ? place.points : nil
        marks = place.marks
        signs = place.signs.map { Sign(code: $0, label: signLabels[$0] ?? $0) }
        hasRestrictedItems = view == .full && place.hasRestrictedItems
        reports =
            place.reportsByKind.contains { $0.count.isSuppressed } && !place.reports.isSuppressed ? nil : place.reports
        reportsByKind = place.reportsByKind
        reviewDue = place.reviewDue
        isReviewOverdue = place.isReviewOverdue
        openAlerts = place.openAlerts
        assessedAt = place.assessedAt
        contactCoordinator = place.contactCoordinator
    }
}

extension ShownCount {
    /// The number itself is not told.
    var isSuppressed: Bool { if case .below = self { true } else { false } }
}
