/// One place as a list or a briefing shows it to one reader: nothing in it has to be hidden any more.
package struct PlaceSummary: Sendable, Hashable {
    package var id: LocationID
    package var category: LocationCategory
    /// Nil where it is withheld.
    package var name: String?
    package var isNameWithheld: Bool
    package var areas: [String]
    /// WGS84 degrees; for restricted places without clearance the centre of the 1 km cell.
    package var longitude: Double?
    package var latitude: Double?
    package var isCoarse: Bool
    package var band: Band
    package var machineBand: Band
    package var judgedBand: Band?
    /// The effective band at the briefing's `from`; nil where the place was not known then.
    package var bandBefore: Band?
    /// Whether `bandBefore` was asked for: a place read by itself is compared with nothing.
    package var isCompared = true
    package var trend: Trend
    package var confidence: Confidence
    package var likelihood: Int
    package var severity: Int
    package var inherent: Int
    package var residual: Int
    /// Nil without statutory clearance.
    package var points: Points?
    package var marks: [Mark]
    /// Sign codes, most weight first, at most 8; restricted ones left out.
    package var signs: [String]
    package var hasRestrictedItems: Bool
    package var reports: ShownCount
    /// By kind of agency; where suppressed, row totals are suppressed with them.
    package var reportsByKind: [(kind: AgencyKind, count: ShownCount)]
    package var reviewDue: Moment?
    package var isReviewOverdue: Bool
    package var openAlerts: [OpenAlert]
    package var assessedAt: Moment
    /// The two bands differ and this reader sees the open one ("contact the coordinator").
    package var contactCoordinator: Bool

    package init(
        id: LocationID,
        category: LocationCategory,
        name: String?,
        isNameWithheld: Bool,
        areas: [String],
        longitude: Double?,
        latitude: Double?,
        isCoarse: Bool,
        band: Band,
        machineBand: Band,
        judgedBand: Band?,
        bandBefore: Band?,
        trend: Trend,
        confidence: Confidence,
        likelihood: Int,
        severity: Int,
        inherent: Int,
        residual: Int,
        points: Points?,
        marks: [Mark],
        signs: [String],
        hasRestrictedItems: Bool,
        reports: ShownCount,
        reportsByKind: [(kind: AgencyKind, count: ShownCount)],
        reviewDue: Moment?,
        isReviewOverdue: Bool,
        openAlerts: [OpenAlert],
        assessedAt: Moment,
        contactCoordinator: Bool
    ) {
        self.id = id
        self.category = category
        self.name = name
        self.isNameWithheld = isNameWithheld
        self.areas = areas
        self.longitude = longitude
        self.latitude = latitude
        self.isCoarse = isCoarse
        self.band = band
        self.machineBand = machineBand
        self.judgedBand = judgedBand
        self.bandBefore = bandBefore
        self.trend = trend
        self.confidence = confidence
        self.likelihood = likelihood
        self.severity = severity
        self.inherent = inherent
        self.residual = residual
        self.points = points
        self.marks = marks
        self.signs = signs
        self.hasRestrictedItems = hasRestrictedItems
        self.reports = reports
        self.reportsByKind = reportsByKind
        self.reviewDue = reviewDue
        self.isReviewOverdue = isReviewOverdue
        self.openAlerts = openAlerts
        self.assessedAt = assessedAt
        self.contactCoordinator = contactCoordinator
    }

    package static func == (a: PlaceSummary, b: PlaceSummary) -> Bool { a.id == b.id && a.assessedAt == b.assessedAt }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Everything an operational briefing is made from, read in one snapshot.
package struct OperationalPicture: Sendable {
    package var partnership: String
    package var query: BriefingQuery
    /// The moment of the snapshot, by the database's clock.
    package var asOf: Moment
    package var view: View
    /// Most urgent first: band (unrated above red), residual, points, id.
    package var places: [PlaceSummary]
    /// Places that match, whatever the limit.
    package var matching: Int
    package var countsByBand: [(band: Band, count: ShownCount)]
    /// Reports received in the period by kind of agency: who is silent?
    package var reportsByKind: [(kind: AgencyKind, count: ShownCount)]
    package var unlocated: ShownCount
    package var openReviews: Int
    package var template: (id: String, version: Int, title: String)
    /// Shown on every output where the template is a demonstration.
    package var notice: String?
    package var marking: String
    /// Handling conditions inherited from the items used.
    package var handlingConditions: Bool
    /// Head of the sealed audit chain.
    package var auditHead: String?
    /// Label of each sign code shown.
    package var signLabels: [String: String]
    package var categoryLabels: [LocationCategory: String]

    package init(
        partnership: String,
        query: BriefingQuery,
        asOf: Moment,
        view: View,
        places: [PlaceSummary],
        matching: Int,
        countsByBand: [(band: Band, count: ShownCount)],
        reportsByKind: [(kind: AgencyKind, count: ShownCount)],
        unlocated: ShownCount,
        openReviews: Int,
        template: (id: String, version: Int, title: String),
        notice: String?,
        marking: String,
        handlingConditions: Bool,
        auditHead: String?,
        signLabels: [String: String],
        categoryLabels: [LocationCategory: String]
    ) {
        self.partnership = partnership
        self.query = query
        self.asOf = asOf
        self.view = view
        self.places = places
        self.matching = matching
        self.countsByBand = countsByBand
        self.reportsByKind = reportsByKind
        self.unlocated = unlocated
        self.openReviews = openReviews
        self.template = template
        self.notice = notice
        self.marking = marking
        self.handlingConditions = handlingConditions
        self.auditHead = auditHead
        self.signLabels = signLabels
        self.categoryLabels = categoryLabels
    }
}
