import Safeguarding
import Testing

@testable import Intake

/// One body and the refusal it must meet.
struct RefusalCase: Sendable, CustomTestStringConvertible {
    var name: String
    var changes: [(String, String?)]
    var field: String
    var reason: RefusalReason
    var kind = AgencyKind.licensing
    var canGrade = false

    init(
        _ name: String,
        _ changes: [(String, String?)],
        _ field: String,
        _ reason: RefusalReason,
        kind: AgencyKind = .licensing,
        canGrade: Bool = false
    ) {
        self.name = name
        self.changes = changes
        self.field = field
        self.reason = reason
        self.kind = kind
        self.canGrade = canGrade
    }

    var testDescription: String { name }

    static func narrative(_ scalar: String, _ count: Int) -> String {
        "\"" + String(repeating: scalar, count: count) + "\""
    }

    static let fields: [RefusalCase] = [
        .init("no reference", [("reference", nil)], "reference", .missingField),
        .init("a number as reference", [("reference", "7")], "reference", .wrongType),
        .init("null as reference", [("reference", "null")], "reference", .wrongType),
        .init("an empty reference", [("reference", #""""#)], "reference", .badReference),
        .init("a reference of 65", [("reference", narrative("a", 65))], "reference", .badReference),
        .init("a space in the reference", [("reference", #""a b""#)], "reference", .badReference),
        .init("a semicolon in the reference", [("reference", #""a;b""#)], "reference", .badReference),
        .init("no observed", [("observed", nil)], "observed", .missingField),
        .init("observed a number", [("observed", "1")], "observed", .wrongType),
        .init("a time without offset", [("observed", #""2026-11-20T21:15:00""#)], "observed", .badTime),
        .init("31 November", [("observed", #""2026-11-31""#)], "observed", .badTime),
        .init("month 13", [("observed", #""2026-13""#)], "observed", .badTime),
        .init("words for a time", [("observed", #""last night""#)], "observed", .badTime),
        .init("1989", [("observed", #""1989-12-31T23:59:59Z""#)], "observed", .observedTooOld),
        .init(
            "backwards",
            [("observed", #"{"from":"2026-11-20T21:15:00Z","to":"2026-11-20T21:14:59Z"}"#)],
            "observed",
            .observedBackwards
        ),
        .init("no from", [("observed", #"{"to":"2026-11-20T21:15:00Z"}"#)], "observed.from", .missingField),
        .init("from a number", [("observed", #"{"from":1}"#)], "observed.from", .wrongType),
        .init("to a number", [("observed", #"{"from":"2026-11-20T21:15:00Z","to":1}"#)], "observed.to", .wrongType),
        .init("a day as end", [("observed", #"{"from":"2026-11-20","to":"2026-11-22"}"#)], "observed.to", .badTime),
        .init(
            "an unknown precision",
            [("observed", #"{"from":"2026-11-20T21:15:00Z","precision":"week"}"#)],
            "observed.precision",
            .badTime
        ),
        .init(
            "a day to the minute",
            [("observed", #"{"from":"2026-11-20","precision":"minute"}"#)],
            "observed.from",
            .badTime
        ),
        .init(
            "an unknown key in observed",
            [("observed", #"{"from":"2026-11-20","til":"x"}"#)],
            "observed.til",
            .unknownField
        ),
        .init(
            "precision outside",
            [("observed", #"{"from":"2026-11-20T21:15:00Z"}"#), ("precision", #""day""#)],
            "precision",
            .badTime
        ),
        .init("a location in words", [("location", #""the park""#)], "location", .wrongType),
        .init(
            "two forms",
            [("location", #"{"point":[-0.4,51.8],"gridReference":"TL086213"}"#)],
            "location",
            .badLocation
        ),
        .init("an id of something else", [("location", #"{"id":"rpt_x"}"#)], "location.id", .badLocation),
        .init("a register without scheme", [("location", #"{"register":"123"}"#)], "location.register", .badLocation),
        .init("a UPRN of 13 digits", [("location", #"{"uprn":"1234567890123"}"#)], "location.uprn", .badLocation),
        .init("a UPRN of zero", [("location", #"{"uprn":"000"}"#)], "location.uprn", .badLocation),
        .init("a UPRN with an exponent", [("location", #"{"uprn":1e3}"#)], "location.uprn", .badLocation),
        .init("a UPRN true", [("location", #"{"uprn":true}"#)], "location.uprn", .wrongType),
        .init(
            "a vehicle without authority",
            [("location", #"{"vehicle":{"plate":"PH 1"}}"#)],
            "location.vehicle.licensedBy",
            .missingField
        ),
        .init("a vehicle in words", [("location", #"{"vehicle":"PH 1"}"#)], "location.vehicle", .wrongType),
        .init(
            "a plate of signs",
            [("location", #"{"vehicle":{"plate":"P*1","licensedBy":"marlowick"}}"#)],
            "location.vehicle.plate",
            .badLocation
        ),
        .init(
            "no postcode",
            [("location", #"{"name":"Mill","postcode":"LU1 1A"}"#)],
            "location.postcode",
            .badPostcode
        ),
        .init(
            "no grid reference",
            [("location", #"{"gridReference":"ZZ 1 1"}"#)],
            "location.gridReference",
            .badGridReference
        ),
        .init(
            "an odd grid reference",
            [("location", #"{"gridReference":"TL123"}"#)],
            "location.gridReference",
            .badGridReference
        ),
        .init("latitude first", [("location", #"{"point":[51.87998,-0.4229]}"#)], "location.point", .badCoordinates),
        .init("three numbers", [("location", #"{"point":[-0.4,51.8,120]}"#)], "location.point", .badCoordinates),
        .init("numbers in strings", [("location", #"{"point":["-0.4","51.8"]}"#)], "location.point", .badCoordinates),
        .init("a number past range", [("location", #"{"point":[1e308,51.8]}"#)], "location.point", .badCoordinates),
        .init(
            "an unknown category",
            [("location", #"{"point":[-0.4,51.8],"category":"pub"}"#)],
            "location.category",
            .unknownCategory
        ),
        .init(
            "an accuracy of 20 km",
            [("location", #"{"point":[-0.4,51.8],"accuracyMetres":20000}"#)],
            "location.accuracyMetres",
            .outOfRange
        ),
        .init(
            "a negative accuracy",
            [("location", #"{"point":[-0.4,51.8],"accuracyMetres":-1}"#)],
            "location.accuracyMetres",
            .outOfRange
        ),
        .init("a name of 201", [("location", "{\"name\":" + narrative("n", 201) + "}")], "location.name", .tooLong),
        .init("a bell in the name", [("location", #"{"name":"a\u0007b"}"#)], "location.name", .badUnicode),
        .init("an unknown key in location", [("location", #"{"points":[1,2]}"#)], "location.points", .unknownField),
        .init("an unknown role", [("role", #""bystander""#)], "role", .badRole),
        .init(
            "premises without attribution",
            [("location", #"{"register":"fhrs:123"}"#)],
            "attribution",
            .attributionRequired
        ),
        .init("an unknown attribution", [("attribution", #""outside""#)], "attribution", .badAttribution),
        .init("signs missing", [("signs", nil)], "signs", .missingField),
        .init("signs in a string", [("signs", #""shop-tick-debt""#)], "signs", .wrongType),
        .init("no signs", [("signs", "[]")], "signs", .noSigns),
        .init(
            "13 signs",
            [("signs", "[" + Array(repeating: #""x""#, count: 13).joined(separator: ",") + "]")],
            "signs",
            .tooManySigns
        ),
        .init("an unknown sign", [("signs", #"["shop-tick-dept"]"#)], "signs[0]", .unknownSign),
        .init("a sign twice", [("signs", #"["shop-tick-debt","shop-tick-debt"]"#)], "signs[1]", .duplicateSign),
        .init("a number as sign", [("signs", "[1]")], "signs[0]", .wrongType),
        .init("no knowledge", [("knowledge", nil)], "knowledge", .missingField),
        .init("an unknown knowledge", [("knowledge", #""guessed""#)], "knowledge", .badKnowledge),
        .init("no grade", [("grade", #""2B""#)], "grade", .badGrade, canGrade: true),
        .init("a grade of one who may not", [("grade", #""2BP""#)], "grade", .gradingNotAllowed),
        .init("an originator in a list", [("originator", "[]")], "originator", .wrongType),
        .init("an empty originator", [("originator", #"" ""#)], "originator", .badOriginator),
        .init("no e-mail address", [("originator", #""email:nobody""#)], "originator", .badOriginator),
        .init("a warrant from licensing", [("originator", #""warrant:MARL/1""#)], "originator", .badOriginator),
        .init("an unknown compartment", [("compartment", #""secret""#)], "compartment", .badCompartment),
        .init("lado by name", [("compartment", #""lado""#)], "compartment", .badCompartment),
        .init(
            "police opening up",
            [("compartment", #""open-partner""#)],
            "compartment",
            .compartmentTooWide,
            kind: .police
        ),
        .init("an unknown handling code", [("handling", #"{"code":"X"}"#)], "handling.code", .badHandling),
        .init("C without conditions", [("handling", #"{"code":"C"}"#)], "handling.conditions", .conditionsRequired),
        .init(
            "C with empty conditions",
            [("handling", #"{"code":"C","conditions":" "}"#)],
            "handling.conditions",
            .conditionsRequired
        ),
        .init(
            "P with conditions",
            [("handling", #"{"code":"P","conditions":"x"}"#)],
            "handling.conditions",
            .badHandling
        ),
        .init(
            "conditions of 2001",
            [("handling", "{\"code\":\"C\",\"conditions\":" + narrative("c", 2_001) + "}")],
            "handling.conditions",
            .tooLong
        ),
        .init(
            "a grade of C without conditions",
            [("grade", #""2BC""#)],
            "handling.conditions",
            .conditionsRequired,
            canGrade: true
        ),
        .init(
            "two handling codes",
            [("grade", #""2BC""#), ("handling", #"{"code":"P"}"#)],
            "handling.code",
            .badHandling,
            canGrade: true
        ),
        .init("consent", [("lawfulBasis", #""consent""#)], "lawfulBasis", .consentIsNoBasis),
        .init("an unknown basis", [("lawfulBasis", #""curiosity""#)], "lawfulBasis", .badLawfulBasis),
        .init(
            "an unknown agreement",
            [("earlyHelpAgreement", #""maybe""#)],
            "earlyHelpAgreement",
            .badEarlyHelpAgreement
        ),
        .init("half a journey", [("journey", #"{"from":{"name":"Quay"}}"#)], "journey.to", .badJourney),
        .init(
            "a bad end of a journey",
            [("journey", #"{"from":{"postcode":"X"},"to":{}}"#)],
            "journey.from.postcode",
            .badPostcode
        ),
        .init("a narrative of 8001 characters", [("narrative", narrative("n", 8_001))], "narrative", .narrativeTooLong),
        .init("a narrative in a list", [("narrative", "[]")], "narrative", .wrongType),
        .init("yes for true", [("happeningNow", #""yes""#)], "happeningNow", .wrongType),
        .init("1 for true", [("selfReport", "1")], "selfReport", .wrongType),
        .init("a misspelt key", [("hapeningNow", "true")], "hapeningNow", .unknownField),
    ]
}

@Suite("Refusals of a report")
struct RefusalTests {
    @Test(arguments: RefusalCase.fields)
    func `names field and reason, and nothing else is wrong`(_ given: RefusalCase) {
        let principal = Sample.principal(given.kind, canGrade: given.canGrade)
        let faults = Sample.faults(given.changes, from: principal)
        #expect(faults.map(\.field) == [given.field])
        #expect(faults.map(\.reason) == [given.reason])
    }

    @Test(arguments: [
        ("", "bad-json"), ("[", "bad-json"), ("{} x", "bad-json"), (#"{"reference":"a\x"}"#, "bad-json"),
        ("\u{FEFF}{}", "bad-json"),
        ("{\"reference\":\"a\nb\"}", "bad-json"), (#"{"reference":"\ud800"}"#, "bad-unicode"),
        (#"{"narrative":"\udc00\ud800"}"#, "bad-unicode"), ("[]", "wrong-type"), ("null", "wrong-type"),
        (String(repeating: "[", count: 10_000), "too-deep"), (String(repeating: #"{"a":"#, count: 10_000), "too-deep"),
        ("[" + String(repeating: "1,", count: 2_000) + "1]", "too-large"),
        (#"{"location":{"point":["# + String(repeating: "9", count: 65) + ",1]}}", "out-of-range"),
    ])
    func `refuses a body that is no report`(_ body: String, _ reason: String) {
        #expect(Sample.faults(of: Array(body.utf8)).map(\.reason.rawValue) == [reason])
    }

    @Test func `refuses bytes that are not UTF-8`() {
        var body = Sample.body([("narrative", #""x""#)])
        let place = body.lastIndex(of: UInt8(ascii: "x")) ?? 0
        body[place] = 0xFF
        let faults = Sample.faults(of: body)
        #expect(faults.map(\.reason) == [.badUnicode])
        #expect(faults.map(\.field) == ["narrative"])
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func `takes a body of 128 KiB and not one byte more`(_ more: Int, _ fits: Bool) {
        let sound = Sample.body()
        let padding = [UInt8](repeating: 0x20, count: ReportLimits.bodyBytes + more - sound.count)
        let faults = Sample.faults(of: sound + padding)
        #expect(faults.map(\.reason) == (fits ? [] : [.tooLarge]))
    }

    @Test func `refuses repeated keys at every level, with the other faults`() {
        let body = #"""
            {"reference":"A","reference":"B","observed":"2026-11-20","signs":[],"knowledge":"seen",
             "location":{"name":"Mill","name":"Mull"}}
            """#
        let faults = Sample.faults(of: Array(body.utf8))
        #expect(
            faults.map { "\($0.field) \($0.reason.rawValue)" } == [
                "reference duplicate-field", "location.name duplicate-field", "signs no-signs",
            ]
        )
    }

    @Test func `names every fault at once`() {
        let faults = Sample.faults([
            ("reference", "1"), ("observed", nil), ("signs", #"["nope"]"#), ("knowledge", #""guessed""#),
            ("role", #""x""#),
            ("extra", "{}"), ("lawfulBasis", #""consent""#), ("narrative", "3"),
        ])
        #expect(
            Set(faults.map(\.reason)) == [
                .wrongType, .missingField, .unknownSign, .badKnowledge, .badRole, .unknownField, .consentIsNoBasis,
            ]
        )
        #expect(faults.count == 8)
    }

    @Test func `lists at most a hundred faults`() {
        let many = (0..<150).map { ("unknown\($0)", Optional("1")) }
        #expect(Sample.faults(many).count == ReportLimits.faults)
    }

    @Test func `suggests what was meant`() {
        #expect(Sample.faults([("hapeningNow", "true")]).first?.accepted == "happeningNow?")
        #expect(Sample.faults([("signs", #"["shop-tick-dept"]"#)]).first?.accepted == "shop-tick-debt?")
    }

    @Test func `never repeats a value`() {
        let secret = "Xq7ZsecretZq"
        let keys = [
            "reference", "observed", "location", "role", "attribution", "signs", "knowledge", "grade", "originator",
            "compartment", "handling", "lawfulBasis", "earlyHelpAgreement", "journey", "narrative", "happeningNow",
        ]
        for key in keys {
            for value in ["\"\(secret);\"", "[\"\(secret)\"]", "{\"from\":\"\(secret)\",\"code\":\"\(secret)\"}"] {
                for fault in Sample.faults([(key, value)]) {
                    #expect(!(fault.message + (fault.accepted ?? "")).contains(secret), "\(key)")
                }
            }
        }
    }

    @Test func `shows an unknown key without what is invisible in it`() {
        let faults = Sample.faults([(#"a\u0000\u001b[31m"# + String(repeating: "k", count: 100), "1")])
        #expect(faults.map(\.field) == ["a[31m" + String(repeating: "k", count: 33)])
    }

    @Test func `produces every reason that a body can meet`() {
        let fromTable = Set(RefusalCase.fields.map(\.reason))
        let fromBodies: Set<RefusalReason> = [.badJSON, .badUnicode, .tooDeep, .tooLarge, .outOfRange, .duplicateField]
        let elsewhere: Set<RefusalReason> = [
            // Of the connection and the request: Web.
            .unsupportedMediaType, .contentEncoding, .unauthorized, .forbidden, .agreementLapsed, .slowDown, .notFound,
            .methodNotAllowed, .notAcceptable, .requestTimeout, .badQuery,
            // Relative to what is stored: the store.
            .observedInFuture, .referenceReused, .unknownReport, .revisionNotHigher,
            // Corrections, imports and the service: their own tests.
            .alreadyWithdrawn, .badCSV, .unknownValue, .missingColumn, .mappingOfOtherTemplate, .overloaded, .draining,
            .databaseUnavailable, .storageFull, .internalError,
        ]
        let missing = Set(RefusalReason.allCases).subtracting(fromTable).subtracting(fromBodies).subtracting(elsewhere)
        #expect(missing.map(\.rawValue).sorted() == [])
    }
}
