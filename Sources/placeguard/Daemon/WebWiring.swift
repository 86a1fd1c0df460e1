import Briefings
import Foundation
import Intake
import Platform
import RiskAssessment
import Safeguarding
import Store
import Web

/// Gives the web server the rest of the daemon through the protocols it knows.
struct WebWiring: Sendable {
    let settings: Settings
    let stores: Stores
    let template: ActiveTemplate
    let key: OriginatorKey

    func services(
        credentials: any CredentialStore,
        intake: IntakeService,
        reports: any ReportStore
    ) -> WebServices {
        let mappings = MappingDirectory(path: settings.stateDirectory + "/mappings")
        let inForce = WebTemplate(template: template, key: key)
        return WebServices(
            credentials: credentials,
            intake: intake,
            reports: reports,
            imports: stores.importRuns,
            briefings: briefings,
            explainer: Explainer(stores: stores, template: template),
            stewards: stores.steward,
            audit: stores.audit,
            template: { inForce.current },
            mapping: { name, agency in try await mappings.mapping(name, of: agency) },
            now: { Moment(seconds: WallClock.milliseconds() / 1_000) }
        )
    }

    /// The source of briefings, with the notice of an exercise on everything.
    private var briefings: any BriefingSource {
        let template = template
        return ExerciseBriefings(source: stores.briefings) { template.isExercise }
    }
}

/// The template as the web server needs it, made once for each activation.
private struct WebTemplate: Sendable {
    let template: ActiveTemplate
    let key: OriginatorKey

    var current: Web.ActiveTemplate {
        let inForce = template.current
        let template = inForce.template
        let wording = TemplateWording(
            templateID: template.id,
            templateVersion: template.version,
            marking: template.marking,
            notice: self.template.isExercise ? ExerciseMarking.notice : template.notice,
            signLabels: Dictionary(template.signs.map { ($0.code, $0.label) }) { first, _ in first },
            categoryLabels: Dictionary(template.categories.map { ($0.category, $0.label) }) { first, _ in first }
        )
        return Web.ActiveTemplate(
            validator: ReportValidator(rules: inForce.rules, key: key),
            wording: wording
        )
    }
}

/// The score of one place computed anew.
private struct Explainer: PlaceExplainer {
    let stores: Stores
    let template: ActiveTemplate

    func explain(_ location: LocationID, at moment: Moment?, reader: Reader) async throws -> ExplainedPlace? {
        guard let place = try await stores.briefings.place(location, reader: reader) else { return nil }
        let found =
            if let moment {
                try await stores.assessments.work(for: location, at: moment)
            } else {
                try await stores.assessments.work(for: location)
            }
        guard let (work, context) = found else { return nil }
        let asOf = moment ?? context.now
        return ExplainedPlace(
            place: place,
            assessment: template.current.template.assess(work.evidence(in: reader.view), at: asOf),
            asOf: asOf,
            past: moment.map { PastPlace(judged: Band.judged(work.judgements, in: reader.view, at: $0)) }
        )
    }
}

/// Says on every briefing of a database of exercises that it is one.
struct ExerciseBriefings: BriefingSource {
    let source: any BriefingSource
    let isExercise: @Sendable () -> Bool

    func operational(_ query: BriefingQuery, reader: Reader) async throws -> OperationalPicture {
        var picture = try await source.operational(query, reader: reader)
        guard isExercise() else { return picture }
        picture.notice = [ExerciseMarking.notice, picture.notice].compactMap(\.self).joined(separator: " ")
        return picture
    }

    func hotspots(
        _ query: BriefingQuery,
        after: String?,
        reader: Reader
    ) async throws -> (places: [PlaceSummary], next: String?) {
        try await source.hotspots(query, after: after, reader: reader)
    }

    func place(_ id: LocationID, reader: Reader) async throws -> PlaceSummary? {
        try await source.place(id, reader: reader)
    }

    func readiness() async throws -> Readiness { try await source.readiness() }
}

/// The mapping files of the agencies: `mappings/AGENCY/NAME.yaml` in the state directory.
private struct MappingDirectory: Sendable {
    let path: String

    func mapping(_ name: String, of agency: String) async throws -> Mapping? {
        guard isPlain(name), isPlain(agency) else { return nil }
        let file = "\(path)/\(agency)/\(name).yaml"
        guard try FileFacts.of(file)?.kind == .regular, let data = FileManager.default.contents(atPath: file) else {
            return nil
        }
        return try MappingReader.read(yaml: String(decoding: data, as: UTF8.self))
    }

    /// A name that cannot leave its directory.
    private func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }
}
