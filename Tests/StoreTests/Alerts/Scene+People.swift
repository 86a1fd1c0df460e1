import Postgres
import StoreTestSupport

/// People who can be asked about alerts.
extension Scene {
    /// A person of the agency.
    func person(_ code: String) async throws {
        _ = try await rows(
            "INSERT INTO placeguard.person (code, agency, name) VALUES ($1, 'licensing', $1)",
            [.text(code)]
        )
    }

    /// A coordinator's token with statutory clearance.
    func coordinatorToken(_ id: String, of person: String, areas: [String] = []) async throws {
        _ = try await rows(
            """
            INSERT INTO placeguard.token (id, secret_hash, role, agency, person, clearances, areas, issued_by)
            VALUES ($1, sha256('secret'), 'coordinator', 'licensing', $2, '{statutory}', $3, 'admin:test')
            """,
            [.text(id), .text(person), .texts(areas)]
        )
    }
}
