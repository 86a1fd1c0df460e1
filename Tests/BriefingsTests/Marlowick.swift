import Briefings
import Safeguarding

/// A made-up town for the tests: no place, agency or event in it exists.
enum Marlowick {
    static let asOf = moment("2026-11-19T14:30:00Z")
    static let from = moment("2026-10-22T13:00:00Z")

    static func moment(_ text: String) -> Moment { Moment(rfc3339: text) ?? Moment(seconds: 0) }

    static func location(_ number: UInt64) -> LocationID {
        LocationID(UniqueID(high: 0x0192_3A5B_0000_7000 + number, low: 0x8000_0000_0000_0000 + number))
    }

    static func alert(_ number: UInt64) -> AlertID {
        AlertID(UniqueID(high: 0x0192_3A5C_0000_7000 + number, low: 0x8000_0000_0000_0000 + number))
    }

    static func report(_ number: UInt64) -> ReportID {
        ReportID(UniqueID(high: 0x0192_3A5D_0000_7000 + number, low: 0x8000_0000_0000_0000 + number))
    }

    static let wording = TemplateWording(
        templateID: "safeguarding",
        templateVersion: 3,
        marking: "OFFICIAL-SENSITIVE",
        notice: nil,
        signLabels: signLabels,
        categoryLabels: categoryLabels
    )

    static let signLabels = [
        "child-with-older-adults": "Child with older adults who are not family",
        "room-paid-cash": "Room paid in cash for a child by an adult who does not stay",
        "repeat-night-pickups": "Repeated night pick-ups of children",
        "shop-tick-debt": "Shop gives children goods on tick",
        "free-food-as-gift": "Free food or vapes as a gift",
    ]

    static let categoryLabels: [LocationCategory: String] = [
        .hotel: "Hotel", .takeaway: "Takeaway", .taxiRank: "Taxi rank", .park: "Park",
        .careSettingVicinity: "Near a care setting", .offLicenceShop: "Off-licence or shop",
    ]

    /// The canal-side hotel: red, risen, overdue.
    static func hotel(_ view: View) -> PlaceSummary {
        place(
            1,
            .hotel,
            name: "Lock House Hotel",
            areas: ["E05-Canalside"],
            longitude: -0.412_345_67,
            latitude: 51.881_2,
            band: .red,
            before: .amberPlus,
            trend: .rising,
            confidence: .high,
            scores: (4, 5, 20, 20),
            points: view == .full ? Points(units: 127_500_000_000) : nil,
            marks: [.controlsWithheld],
            signs: ["room-paid-cash", "child-with-older-adults"],
            reports: view == .full ? .exact(9) : .exact(7),
            kinds: view == .full
                ? [(.police, .exact(3)), (.licensing, .exact(4)), (.taxiOperator, .exact(2))]
                : [(.licensing, .below(5)), (.taxiOperator, .below(5))],
            reviewDue: moment("2026-11-16T12:00:00Z"),
            overdue: true,
            alerts: [
                OpenAlert(id: alert(1), cause: .risk, rev: 2, urgency: .high, openedAt: moment("2026-11-03T21:14:00Z"))
            ]
        )
    }

    static func restricted(_ view: View) -> PlaceSummary {
        var summary = place(
            2,
            .careSettingVicinity,
            name: view == .full ? "Hazel Lodge" : nil,
            areas: ["E07-District"],
            longitude: view == .full ? -0.398_21 : -0.4,
            latitude: view == .full ? 51.876_4 : 51.88,
            band: .unrated,
            before: nil,
            trend: .new,
            confidence: .low,
            scores: (1, 3, 3, 3),
            points: nil,
            marks: [.possible5, .singleSource],
            signs: ["repeat-night-pickups"],
            reports: .below(5),
            kinds: [(.taxiOperator, .below(5))],
            reviewDue: moment("2026-11-20T09:00:00Z"),
            overdue: false,
            alerts: []
        )
        summary.isNameWithheld = view == .open
        summary.isCoarse = view == .open
        summary.contactCoordinator = view == .open
        summary.hasRestrictedItems = view == .full
        return summary
    }

    static func shop() -> PlaceSummary {
        var summary = place(
            3,
            .offLicenceShop,
            name: "=Marlowick \"Corner\" Stores, <Mill> & Co",
            areas: ["E05-Canalside", "E07-District"],
            longitude: 0.001,
            latitude: 51.9,
            band: .amber,
            before: .amber,
            trend: .steady,
            confidence: .medium,
            scores: (2, 4, 8, 4),
            points: nil,
            marks: [.singleSource],
            signs: ["shop-tick-debt", "free-food-as-gift"],
            reports: .exact(6),
            kinds: [(.tradingStandards, .exact(6))],
            reviewDue: moment("2027-01-05T12:00:00Z"),
            overdue: false,
            alerts: []
        )
        summary.judgedBand = .amber
        summary.machineBand = .green
        return summary
    }

    static func rank() -> PlaceSummary {
        place(
            4,
            .taxiRank,
            name: nil,
            areas: [],
            longitude: nil,
            latitude: nil,
            band: .green,
            before: .amber,
            trend: .falling,
            confidence: .low,
            scores: (1, 2, 2, 2),
            points: nil,
            marks: [.historyOnly],
            signs: [],
            reports: .exact(0),
            kinds: [],
            reviewDue: nil,
            overdue: false,
            alerts: []
        )
    }

    static func picture(_ view: View, notice: String? = nil, empty: Bool = false) -> OperationalPicture {
        let places = empty ? [] : [restricted(view), hotel(view), shop(), rank()]
        return OperationalPicture(
            partnership: "Marlowick Safeguarding Partnership",
            query: BriefingQuery(from: from, to: nil, limit: BriefingQuery.maximumPlaces),
            asOf: asOf,
            view: view,
            places: places,
            matching: empty ? 0 : 6,
            countsByBand: empty
                ? []
                : [
                    (.unrated, .exact(1)), (.red, .exact(1)), (.amberPlus, .exact(0)), (.amber, .exact(1)),
                    (.green, .exact(3)),
                ],
            reportsByKind: empty
                ? []
                : [
                    (.licensing, .exact(14)), (.taxiOperator, view == .full ? .exact(3) : .below(5)),
                    (.tradingStandards, .exact(6)), (.police, view == .full ? .exact(5) : .exact(0)),
                ],
            unlocated: empty ? .exact(0) : .exact(2),
            openReviews: empty ? 0 : 3,
            template: ("safeguarding", 3, "Marlowick location risk assessment"),
            notice: notice,
            marking: "OFFICIAL-SENSITIVE",
            handlingConditions: view == .full,
            auditHead: "1042:9f2c4be07d0a5a1df6c1",
            signLabels: signLabels,
            categoryLabels: categoryLabels
        )
    }

    private static func place(
        _ number: UInt64,
        _ category: LocationCategory,
        name: String?,
        areas: [String],
        longitude: Double?,
        latitude: Double?,
        band: Band,
        before: Band?,
        trend: Trend,
        confidence: Confidence,
        scores: (likelihood: Int, severity: Int, inherent: Int, residual: Int),
        points: Points?,
        marks: [Mark],
        signs: [String],
        reports: ShownCount,
        kinds: [(kind: AgencyKind, count: ShownCount)],
        reviewDue: Moment?,
        overdue: Bool,
        alerts: [OpenAlert]
    ) -> PlaceSummary {
        PlaceSummary(
            id: location(number),
            category: category,
            name: name,
            isNameWithheld: false,
            areas: areas,
            longitude: longitude,
            latitude: latitude,
            isCoarse: false,
            band: band,
            machineBand: band,
            judgedBand: nil,
            bandBefore: before,
            trend: trend,
            confidence: confidence,
            likelihood: scores.likelihood,
            severity: scores.severity,
            inherent: scores.inherent,
            residual: scores.residual,
            points: points,
            marks: marks,
            signs: signs,
            hasRestrictedItems: false,
            reports: reports,
            reportsByKind: kinds,
            reviewDue: reviewDue,
            isReviewOverdue: overdue,
            openAlerts: alerts,
            assessedAt: asOf,
            contactCoordinator: false
        )
    }
}
