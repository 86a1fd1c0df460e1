import ArgumentParser
import Foundation
import NIOSSL
import Platform
import Postgres
import Safeguarding
import Store

/// Checks an installation and says how to mend what is wrong.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Checks configuration, database, PostGIS, roles, areas, clock, key and certificates; says how to mend each."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let runtime = try await CommandRuntime(common)
        var findings = [Finding("configuration", nil)]
        findings += certificate(runtime.settings)
        findings.append(originatorKey(runtime.settings))
        do {
            findings += try await runtime.withAddress { address in try await Self.database(address, runtime) }
        } catch {
            findings.append(Finding("database", "\(error)"))
        }
        for finding in findings { print(finding.line) }
        guard findings.allSatisfy(\.isWell) else { throw ExitCode.failure }
    }

    /// One thing looked at.
    struct Finding: Sendable {
        let what: String
        /// What is wrong and how to mend it; nil where all is well.
        let trouble: String?

        init(_ what: String, _ trouble: String?) {
            self.what = what
            self.trouble = trouble
        }

        var isWell: Bool { trouble == nil }
        var line: String { trouble.map { "WRONG  \(what): \($0)" } ?? "ok     \(what)" }
    }

    private func certificate(_ settings: Settings) -> [Finding] {
        guard let tls = settings.tls else { return [] }
        guard let chain = try? NIOSSLCertificate.fromPEMFile(tls.certificate), let first = chain.first else {
            return [Finding("certificate", "\(tls.certificate) cannot be read as PEM certificates.")]
        }
        let left = Int64(first.notValidAfter) - WallClock.milliseconds() / 1_000
        var trouble: String?
        if left < 0 { trouble = "it has expired; replace tls.certificate and tls.key." }
        if left >= 0, left < 14 * Moment.day { trouble = "it expires in \(left / Moment.day) days; renew it now." }
        return [Finding("certificate", trouble)]
    }

    /// One finding for each relay that is silent.
    private static func relays(_ connection: Connection) async throws -> [Finding] {
        let silent = try await StandingSubscriptions(source: SingleConnection(connection)).silent()
        guard !silent.isEmpty else { return [Finding("relays", nil)] }
        return silent.map { relay in
            Finding(
                "relay \(relay.name) of \(relay.subject)",
                "not all it was sent since \(London.display(relay.since)), exercises included, was taken by everybody it is for: "
                    + "start it, or see in its journal what does not take it; placeguard relay retire where it was taken away."
            )
        }
    }

    private func originatorKey(_ settings: Settings) -> Finding {
        do {
            _ = try OriginatorKeyFile.read(settings)
            return Finding("originator key", nil)
        } catch {
            return Finding("originator key", "\(error)")
        }
    }

    /// The longest difference between this machine's clock and the database's that confuses nobody.
    private static let clockTolerance: Int64 = 5

    private static func database(_ address: DatabaseAddress, _ runtime: CommandRuntime) async throws -> [Finding] {
        var findings: [Finding] = []
        for role in DatabaseRole.allCases {
            let settings = ConnectionSettings(
                address.connectionString(for: role),
                applicationName: "placeguard doctor",
                connectTimeout: .seconds(5)
            )
            do {
                findings += try await withConnection(settings, logger: runtime.logger) { connection in
                    var found = [Finding("login of \(role.name)", nil)]
                    guard role == .owner else { return found }
                    let missing = try await Bootstrap.findings(connection)
                    found.append(
                        Finding(
                            "bootstrap, PostGIS and roles",
                            missing.isEmpty
                                ? nil
                                : missing.map { "\($0)" }.joined(separator: "; ")
                                    + ". Run Deploy/bootstrap.sql as superuser in this database."
                        )
                    )
                    let pending = try await Migrator(logger: runtime.logger).pending(connection)
                    found.append(
                        Finding(
                            "schema",
                            pending.isEmpty ? nil : "\(pending.count) migrations wait: placeguard migrate."
                        )
                    )
                    if pending.isEmpty {
                        let stray = try await AgencyDirectory(source: SingleConnection(connection)).strayAreas()
                        let limits = stray.map { "\($0.holder) (\($0.code))" }.joined(separator: ", ")
                        found.append(
                            Finding(
                                "areas",
                                stray.isEmpty
                                    ? nil
                                    : "no boundary has the code of \(limits): import it, or revoke that token, or take that step "
                                        + "out of the chain."
                            )
                        )
                    }
                    if pending.isEmpty { found += try await relays(connection) }
                    let theirs = try await DatabaseSettings(source: SingleConnection(connection)).now().seconds
                    let apart = abs(theirs - WallClock.milliseconds() / 1_000)
                    found.append(
                        Finding(
                            "clock",
                            apart <= clockTolerance
                                ? nil : "the database's clock is \(apart) s from this machine's; set up NTP on both."
                        )
                    )
                    return found
                }
            } catch {
                findings.append(
                    Finding("login of \(role.name)", "\(error). See Deploy/README.md, Your own PostgreSQL.")
                )
            }
        }
        if address.isSingleRole {
            findings.append(
                Finding("roles kept apart", "database.singleRole is set: the database does not keep the roles apart.")
            )
        }
        return findings
    }
}
