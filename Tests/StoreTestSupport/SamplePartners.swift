import Postgres
package import Safeguarding
package import Store

/// The made-up partnership of Marlowick.
package enum SamplePartners {
    package static let licensing = "marlowick-licensing"
    package static let taxis = "marlowick-cars"
    package static let cctv = "marlowick-cctv"
    package static let children = "marlowick-children"
    package static let police = "marlowick-police"

    package static let kinds: [(code: String, kind: AgencyKind)] = [
        (licensing, .licensing), (taxis, .taxiOperator), (cctv, .cctv), (children, .childrensServices),
        (police, .police),
    ]
}

extension StoreFixture {
    /// Adds the five partners, each with an agreement that outlasts every test.
    package func addPartners() async throws {
        let directory = AgencyDirectory(source: admin)
        for (code, kind) in SamplePartners.kinds {
            try await directory.add(
                NewAgency(
                    code: code,
                    name: code,
                    kind: kind,
                    agreement: "ISA-\(code)",
                    agreementUntil: Moment(seconds: 4_000_000_000),
                    lawfulBasis: .publicTask
                ),
                by: "admin:tests"
            )
        }
    }

    /// The reports of this database under the sample signs.
    package func reports(_ signs: [String: SignWeight] = SampleSigns.weights) -> ReportRepository {
        ReportRepository(source: intake, activeSigns: signs)
    }

    /// Adds one place as a register gives it; answers its id.
    @discardableResult
    package func addPlace(
        _ register: String,
        category: LocationCategory = .takeaway,
        name: String = "Marlowick Grill",
        postcode: String? = "ZZ1 1AA",
        longitude: Double? = -0.41,
        latitude: Double? = 51.88,
        uprn: String? = nil
    ) async throws -> LocationID {
        _ = try await PostgresLocationRegister(source: admin).upsert(
            locations: [
                RegisteredLocation(
                    register: register,
                    category: category,
                    name: name,
                    address: "1 High Street, Marlowick",
                    postcode: postcode,
                    longitude: longitude,
                    latitude: latitude,
                    uprn: uprn
                )
            ],
            actor: "admin:tests"
        )
        return try await owner.withConnection { connection in
            try await connection.query("SELECT id FROM placeguard.location WHERE register = $1", [.text(register)])[0]
                .id(0)
        }
    }

    /// A count, as the owner sees it.
    package func count(_ sql: StaticString) async throws -> Int {
        try await owner.withConnection { connection in Int(try await connection.query(sql)[0].int64(0)) }
    }

    /// The rows of one text column, as the owner sees them.
    package func texts(_ sql: StaticString) async throws -> [String] {
        try await owner.withConnection { connection in try await connection.query(sql).map { try $0.text(0) } }
    }
}

extension StoreFixture {
    /// The database's clock, whole seconds.
    package func now() async throws -> Moment {
        try await owner.withConnection { connection in
            try await connection.query("SELECT date_trunc('second', clock_timestamp())")[0].moment(0)
        }
    }
}
