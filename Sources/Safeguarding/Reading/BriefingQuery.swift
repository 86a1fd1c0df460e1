/// What an operational briefing is asked for.
package struct BriefingQuery: Sendable, Hashable {
    package var area: String?
    /// What changed since this moment is told.
    package var from: Moment
    /// As of this moment; nil = now.
    package var to: Moment?
    package var band: Band?
    package var category: LocationCategory?
    package var limit: Int

    package init(
        area: String? = nil,
        from: Moment,
        to: Moment? = nil,
        band: Band? = nil,
        category: LocationCategory? = nil,
        limit: Int = BriefingQuery.maximumPlaces
    ) {
        self.area = area
        self.from = from
        self.to = to
        self.band = band
        self.category = category
        self.limit = limit
    }

    /// A meeting cannot discuss more places than this, and a page of them still prints.
    package static let maximumPlaces = 500
}

/// Who reads, as far as what is shown depends on it.
package struct Reader: Sendable, Hashable {
    package var subject: String
    package var agency: String?
    package var person: String?
    package var clearances: Set<Clearance>
    package var areas: [String]

    package init(
        subject: String,
        agency: String?,
        person: String?,
        clearances: Set<Clearance>,
        areas: [String]
    ) {
        self.subject = subject
        self.agency = agency
        self.person = person
        self.clearances = clearances
        self.areas = areas
    }

    package init(_ principal: Principal) {
        self.init(
            subject: principal.subject,
            agency: principal.agency,
            person: principal.person,
            clearances: principal.clearances,
            areas: principal.areas
        )
    }

    package var view: View { clearances.contains(.statutory) ? .full : .open }
}

/// A count as a reader may know it.
package enum ShownCount: Sendable, Hashable {
    case exact(Int)
    /// At least one and fewer than this many.
    case below(Int)

    /// Counts under five are not told without clearance (domain.md 5.1; design.md "Counts").
    package static let threshold = 5

    package static func shown(_ count: Int, exactly: Bool) -> ShownCount {
        exactly || count == 0 || count >= threshold ? .exact(count) : .below(threshold)
    }

    package var json: JSON {
        switch self {
        case .exact(let value): .int(value)
        case .below(let value): .object([("below", .int(value))])
        }
    }

    package var text: String {
        switch self {
        case .exact(let value): String(value)
        case .below(let value): "fewer than \(value)"
        }
    }
}
