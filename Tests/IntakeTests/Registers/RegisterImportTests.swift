import Safeguarding
import TestSupport
import Testing

@testable import Intake

@Suite("Registers")
struct RegisterImportTests {
    private static func entry(_ fields: String) -> String { "<EstablishmentDetail>\(fields)</EstablishmentDetail>" }

    private static func xml(_ entries: String...) -> String {
        "<?xml version=\"1.0\"?><FHRSEstablishment><Header><ItemCount>1</ItemCount></Header><EstablishmentCollection>"
            + entries.joined() + "</EstablishmentCollection></FHRSEstablishment>"
    }

    private static func load(
        _ text: String,
        into register: MemoryRegister = MemoryRegister(),
        pieces: Int = 31
    ) async throws -> RegisterImport.Summary {
        try await RegisterImport(register: register, actor: "admin:x").locations(reading: Chunks(text, of: pieces))
    }

    @Test func `read an establishment, whatever comes with it`() async throws {
        let register = MemoryRegister()
        let summary = try await Self.load(
            Self.xml(
                Self.entry(
                    "<FHRSID>12</FHRSID><BusinessName> Quay Kebab &amp; Grill </BusinessName><BusinessTypeID>7844</BusinessTypeID>"
                        + "<AddressLine1>Flat</AddressLine1><AddressLine3>Marlowick</AddressLine3><PostCode>lu11aa</PostCode><RatingValue>5</RatingValue>"
                        + "<Scores><Hygiene>5</Hygiene></Scores><Geocode><Longitude>-0.45</Longitude><Latitude>51.9</Latitude></Geocode>"
                )
            ),
            into: register
        )
        #expect(summary.records == 1 && summary.faults.isEmpty && summary.counts.added == 1)
        #expect(
            register.locations["fhrs:12"]
                == RegisteredLocation(
                    register: "fhrs:12",
                    category: .takeaway,
                    name: "Quay Kebab & Grill",
                    address: "Flat, Marlowick",
                    postcode: "LU1 1AA",
                    longitude: -0.45,
                    latitude: 51.9
                )
        )
    }

    @Test(arguments: [
        ("<BusinessName>x</BusinessName>", "no-identifier"),
        ("<FHRSID>x</FHRSID><BusinessName>x</BusinessName>", "no-identifier"),
        ("<FHRSID>1</FHRSID>", "no-name"), ("<FHRSID>1</FHRSID><BusinessName> </BusinessName>", "no-name"),
        (
            "<FHRSID>1</FHRSID><BusinessName>x</BusinessName><Geocode><Longitude>51.9</Longitude><Latitude>-0.4</Latitude></Geocode>",
            "bad-position"
        ),
        (
            "<FHRSID>1</FHRSID><BusinessName>x</BusinessName><Geocode><Longitude>-0.4</Longitude></Geocode>",
            "bad-position"
        ),
        ("<FHRSID>1</FHRSID><BusinessName>" + String(repeating: "x", count: 301) + "</BusinessName>", "too-long"),
    ])
    func `leave out an establishment that cannot be read, and go on`(_ fields: String, _ code: String) async throws {
        let good = Self.entry("<FHRSID>2</FHRSID><BusinessName>y</BusinessName>")
        let summary = try await Self.load(Self.xml(Self.entry(fields), good))
        #expect(summary.faults.map { "\($0.record) \($0.code.rawValue)" } == ["1 \(code)"])
        #expect(summary.records == 2 && summary.faulty == 1 && summary.counts.added == 1)
    }

    @Test(arguments: [
        ("1", LocationCategory.takeaway), ("5", .careSettingVicinity), ("4613", .offLicenceShop),
        ("7840", .retailCentre), ("7842", .hotel),
        ("7843", .licensedPremises), ("7844", .takeaway), ("7845", .schoolVicinity), ("7841", .businessOther),
        ("7846", .businessOther), ("", .businessOther),
    ])
    func `make a kind of place of each business type`(_ type: String, _ category: LocationCategory) {
        #expect(FHRSBusinessType.category(of: type) == category)
    }

    @Test(arguments: [
        ("<a><b></a>", InvalidRegister.xml(.notWellFormed)), ("<!DOCTYPE a><a/>", .xml(.doctypeNotAccepted)),
        ("", .unknownFormat), ("  \n", .unknownFormat),
        ("FHRSID,BusinessName\n1,x\n", .missingColumn("AddressLine1")),
    ])
    func `refuse a file that is none`(_ text: String, _ error: InvalidRegister) async {
        await #expect(throws: error) { try await Self.load(text) }
    }

    @Test(
        .enabled(if: SharedData.has("premises-fhrs"), "reference data is absent"),
        arguments: [
            ("869en-GB-luton", 1_132, 1_009), ("702en-GB-central-bedfordshire", 1_319, 1_017),
            ("701en-GB-bedford", 1_478, 1_421),
        ]
    )
    func `load the food hygiene registers alike from XML and CSV`(_ name: String, _ rows: Int, _ geocoded: Int)
        async throws
    {
        let fromXML = MemoryRegister()
        let fromCSV = MemoryRegister()
        let xml = try SharedData.bytes("premises-fhrs/FHRS\(name).xml")
        let csv = try SharedData.bytes("premises-fhrs/FHRS\(name).csv")
        let first = try await RegisterImport(register: fromXML, actor: "a").locations(reading: Chunks(xml))
        let second = try await RegisterImport(register: fromCSV, actor: "a").locations(reading: Chunks(csv))
        #expect(first.records == rows && first.counts.added == rows && first.faulty == 0)
        #expect(first.counts.withoutPosition == rows - geocoded)
        #expect(second.counts == first.counts && fromXML.largestBatch <= RegisterImport.batch)
        #expect(Set(fromXML.locations.keys) == Set(fromCSV.locations.keys))
        for (key, place) in fromXML.locations {
            let other = fromCSV.locations[key]
            #expect(other?.name == place.name && other?.category == place.category && other?.postcode == place.postcode)
        }
        let again = try await RegisterImport(register: fromXML, actor: "a").locations(reading: Chunks(xml))
        #expect(again.counts.unchanged == rows && again.counts.added == 0)
    }

    // MARK: Postcodes

    @Test func `read postcodes under any of their names and leave out those without a place`() async throws {
        let register = MemoryRegister()
        let text =
            "pcd,PCDS,doterm,LAT,Long\nLU1 1AA,LU1 1AA,,51.88,-0.42\nLU1 1AF,LU1 1AF,,,0.0\nLU1 1AB,XX,,51.88,-0.42\nGY1 1AA,GY1 1AA,,99.999999,0.0\n,LU1 1AE,,x,1\n,LU1 1AD,,51.88\n"
        let summary = try await RegisterImport(register: register, actor: "a").postcodes(reading: Chunks(text, of: 5))
        #expect(
            register.postcodes == ["LU1 1AA": PostcodePosition(postcode: "LU1 1AA", longitude: -0.42, latitude: 51.88)]
        )
        #expect(
            summary.faults.map { "\($0.record) \($0.code.rawValue)" } == [
                "4 bad-postcode", "6 bad-position", "7 bad-shape",
            ]
        )
        #expect(summary.counts.withoutPosition == 2 && summary.records == 6)
    }

    @Test(.enabled(if: SharedData.has("postcodes"), "reference data is absent"))
    func `load the National Statistics Postcode Lookup`() async throws {
        let register = MemoryRegister()
        for (area, rows) in [("LU", 10_761), ("MK", 23_654), ("SG", 17_412), ("AL", 11_492)] {
            let bytes = try SharedData.bytes("postcodes/nspl-2025-05-\(area).csv")
            let summary = try await RegisterImport(register: register, actor: "a").postcodes(reading: Chunks(bytes))
            #expect(summary.records == rows && summary.faulty == 0)
            #expect(summary.counts.added + summary.counts.withoutPosition == rows)
        }
    }

    // MARK: Areas

    private static let ring = "[[-0.4,51.8],[-0.3,51.8],[-0.3,51.9],[-0.4,51.8]]"

    private static func areas(_ features: String) async throws -> (
        summary: RegisterImport.Summary, areas: [String: AreaBoundary]
    ) {
        let register = MemoryRegister()
        let text = "{\"type\":\"FeatureCollection\",\"features\":[\(features)]}"
        let summary = try await RegisterImport(register: register, actor: "a").areas(reading: Chunks(text))
        return (summary, register.areas)
    }

    private static func feature(_ geometry: String, _ properties: String = #""code":"W1","name":"Quay","kind":"ward""#)
        -> String
    {
        "{\"type\":\"Feature\",\"properties\":{\(properties)},\"geometry\":\(geometry)}"
    }

    @Test func `read boundaries and keep their numbers as written`() async throws {
        let polygon = "{\"type\":\"Polygon\",\"coordinates\":[\(Self.ring)]}"
        let multi = "{\"type\":\"MultiPolygon\",\"coordinates\":[[\(Self.ring)],[\(Self.ring)]]}"
        let (summary, areas) = try await Self.areas(
            Self.feature(polygon) + "," + Self.feature(multi, #""code":"W2","name":"Mill","kind":"beat""#)
        )
        #expect(summary.counts.added == 2 && summary.faulty == 0)
        #expect(areas["W1"] == AreaBoundary(code: "W1", name: "Quay", kind: "ward", geometry: polygon))
        #expect(areas["W2"]?.kind == "beat" && areas["W2"]?.geometry == multi)
    }

    @Test(arguments: [
        ("{\"type\":\"Point\",\"coordinates\":[-0.4,51.8]}", "bad-geometry"), ("null", "bad-geometry"),
        ("{\"type\":\"Polygon\",\"coordinates\":[]}", "bad-geometry"),
        ("{\"type\":\"Polygon\",\"coordinates\":[[[-0.4,51.8],[-0.3,51.8],[-0.3,51.9],[-0.4,51.9]]]}", "bad-geometry"),
        (
            "{\"type\":\"Polygon\",\"coordinates\":[[[500000,200000],[500001,200000],[500001,200001],[500000,200000]]]}",
            "bad-geometry"
        ),
        ("{\"type\":\"Polygon\",\"crs\":1,\"coordinates\":[\(ring)]}", "bad-geometry"),
    ])
    func `leave out what is no surface in degrees`(_ geometry: String, _ code: String) async throws {
        let summary = try await Self.areas(Self.feature(geometry)).summary
        #expect(summary.faults.map(\.code.rawValue) == [code])
    }

    @Test(arguments: [
        (#""name":"x","kind":"ward""#, "no-identifier"), (#""code":"x","kind":"ward""#, "no-name"),
        (#""code":"x","name":"y""#, "no-kind"),
    ])
    func `leave out what has no code, name or kind`(_ properties: String, _ code: String) async throws {
        let polygon = "{\"type\":\"Polygon\",\"coordinates\":[\(Self.ring)]}"
        #expect(try await Self.areas(Self.feature(polygon, properties)).summary.faults.map(\.code.rawValue) == [code])
    }

    @Test(arguments: [
        ("[]", InvalidRegister.noFeatures), ("{}", .noFeatures), ("{\"type\":", .notJSON(offset: 8)),
        ("", .notJSON(offset: 0)),
    ])
    func `refuse a document that is no collection`(_ text: String, _ error: InvalidRegister) async {
        let load = RegisterImport(register: MemoryRegister(), actor: "a")
        await #expect(throws: error) { try await load.areas(reading: Chunks(text)) }
    }
}
