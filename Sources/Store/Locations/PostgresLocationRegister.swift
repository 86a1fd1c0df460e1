import Postgres
package import Safeguarding

/// Reference data in PostgreSQL, loaded with the rights of `placeguard_admin`.
///
/// Every load may be repeated: what is there already and the same is left untouched, so that running an import twice
/// writes nothing the second time.
package struct PostgresLocationRegister: LocationRegister {
    private let source: any ConnectionSource

    package init(source: any ConnectionSource) {
        self.source = source
    }

    package func upsert(locations: [RegisteredLocation], actor: String) async throws -> RegisterCounts {
        var counts = RegisterCounts()
        for chunk in RegisteredLocationRows.chunks(of: locations) {
            // Names of restricted places are written under row-level security, which reads what it changes.
            let rows = try await source.transaction(while: "loading a register", reading: .everything) { connection in
                let results = try await connection.pipeline(
                    chunk.statements + [
                        AuditStatement.one(
                            AuditDraft(actor: actor, action: "location.import", detail: "rows=\(chunk.count)")
                        )
                    ]
                )
                return results[0]
            }
            try counts.add(rows, of: chunk.count)
        }
        return counts
    }

    package func upsert(postcodes: [PostcodePosition]) async throws -> RegisterCounts {
        var counts = RegisterCounts()
        for chunk in PostcodeRows.chunks(of: postcodes) {
            let rows = try await source.transaction(while: "loading postcodes") { connection in
                try await connection.pipeline(chunk.statements)[0]
            }
            try counts.add(rows, of: chunk.count)
        }
        return counts
    }

    /// One area a transaction: each moves the places in it, and a boundary that is no polygon fails by itself.
    package func upsert(areas: [AreaBoundary]) async throws -> RegisterCounts {
        var counts = RegisterCounts()
        for area in areas {
            let rows = try await source.transaction(while: "loading an area") { connection in
                try await connection.pipeline(AreaRows.statements(for: area))[0]
            }
            try counts.add(rows, of: 1)
        }
        return counts
    }
}

extension RegisterCounts {
    /// Counts rows that tell whether each was added (else it was changed) and has a position; the rest is unchanged.
    fileprivate mutating func add(_ rows: Rows, of total: Int) throws {
        for row in rows {
            if try row.bool(0) { added += 1 } else { changed += 1 }
            if try !row.bool(1) { withoutPosition += 1 }
        }
        unchanged += total - rows.count
    }
}
