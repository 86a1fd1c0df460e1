import AlertFeed
import Safeguarding
import Testing

struct EventTextTests {
    private func event(_ body: String, urgency: String = "immediate") -> FeedEvent {
        FeedEvent(
            name: "desk",
            seq: 41,
            prev: 40,
            type: "immediate",
            alert: "alt_01900000-0000-7000-8000-000000000001",
            rev: 3,
            urgency: urgency,
            at: Moment(seconds: 1_764_000_000),
            body: body
        )
    }

    @Test func `an event reads as a few plain lines`() {
        let body = """
            {"location":{"id":"loc_01900000-0000-7000-8000-000000000009","category":"hotel","areas":["E05A"],\
            "name":"Marlowick Arms"},"band":{"from":"amber","to":"red","machine":"red","judged":null},\
            "score":{"points":"12.5","likelihood":4,"severity":5,"residual":20},"confidence":"medium","trend":"rising",\
            "signs":["child-with-adults"],"evidence":{"reports":3,"agencies":2},"why":["happening-now"],"ask":"act-now",\
            "ack_by":"2025-11-24T16:15:00Z","marking":"OFFICIAL-SENSITIVE","handling":"P"}
            """
        #expect(
            EventText.render(event(body)) == """
                24 Nov 2025 16:00  IMMEDIATE  immediate  alt_01900000-0000-7000-8000-000000000001  rev 3  seq 41
                    place: Marlowick Arms, hotel, loc_01900000-0000-7000-8000-000000000009 in E05A
                    band: amber to red; points 12.5, likelihood 4, severity 5, residual 20; confidence medium; trend rising
                    signs: child-with-adults
                    evidence: 3 reports from 2 agencies
                    why: happening-now
                    asked: act-now; claim by 24 Nov 2025 16:15
                    handling: P
                    marking: OFFICIAL-SENSITIVE
                """
        )
    }

    @Test func `a band that stays is named once, and one is no plural`() {
        let body = #"{"band":{"from":"amber","to":"amber"},"evidence":{"reports":1,"agencies":1}}"#
        let lines = EventText.render(event(body)).split(separator: "\n").dropFirst()
        #expect(Array(lines) == ["    band: amber", "    evidence: 1 report from 1 agency"])
    }

    @Test func `the summary of a file says what it left behind, places or not`() {
        let body = """
            {"location":null,"areas":["E05A"],"run":7,"bands":{"unrated":0,"red":{"below":5},"amber":12,"green":0},\
            "unlocated":244,"why":["back-file"],"notice":"Made up."}
            """
        #expect(
            Array(EventText.render(event(body)).split(separator: "\n").dropFirst()) == [
                "    summary of E05A: places red fewer than 5, amber 12; 244 reports without a place",
                "    why: back-file", "    notice: Made up.",
            ]
        )
        let nothing = #"{"location":null,"areas":[],"run":8,"bands":{"red":0},"unlocated":3}"#
        #expect(
            EventText.render(event(nothing)).hasSuffix(
                "\n    summary: no place has a rating; 3 reports without a place"
            )
        )
    }

    @Test func `a mute for everybody says so and by whom, and a digest names its alerts`() {
        let mute =
            #"{"mute":{"id":"mut_1","by":"tom","until":"2025-11-24T17:00:00Z","terms":"location:x","all":true}}"#
        let said = "\n    mute for everybody, by tom: location:x until 24 Nov 2025 17:00"
        #expect(EventText.render(event(mute)).hasSuffix(said))
        let digest = """
            {"digest":{"from":"2025-11-23T08:00:00Z","to":"2025-11-24T08:00:00Z","events":2,"types":{"easing":2},\
            "alerts":["alt_1","alt_2"]}}
            """
        #expect(
            EventText.render(event(digest)).hasSuffix(
                """

                    digest: 2 events of low urgency since 23 Nov 2025 08:00: 2 easing
                    alerts: alt_1, alt_2
                """
            )
        )
    }

    @Test func `who sees to an alert stands on a line of its own`() {
        let claimed = #"{"claim":{"by":"ana\u001b","until":"2025-11-24T17:00:00Z"},"escalation":2}"#
        #expect(
            EventText.render(event(claimed)).hasSuffix(
                "\n    care: claimed by ana\\u{1b} until 24 Nov 2025 17:00; step 2 of the chain"
            )
        )
        #expect(EventText.render(event(#"{"escalation":1}"#)).hasSuffix("\n    care: step 1 of the chain"))
        #expect(
            EventText.render(event(#"{"restricted":true}"#)).hasSuffix(
                "\n    restricted: more is known than this view shows; ask the coordinator"
            )
        )
        #expect(!EventText.render(event(#"{"restricted":false}"#)).contains("restricted"))
        #expect(!EventText.render(event(#"{"claim":{}}"#)).contains("care"))
    }

    @Test func `small counts, unlocated reports and short forms are said in words`() {
        let body =
            #"{"location":null,"areas":["E05A","E05B"],"evidence":{"reports":{"below":5},"agencies":{"below":5}},"more":true}"#
        #expect(
            EventText.render(event(body)) == """
                24 Nov 2025 16:00  IMMEDIATE  immediate  alt_01900000-0000-7000-8000-000000000001  rev 3  seq 41
                    place: not located; areas: E05A, E05B
                    evidence: fewer than 5 reports from fewer than 5 agencies
                    more: the rest is too long for a line
                """
        )
    }

    @Test(arguments: [
        ("\u{1B}[2J", "\\u{1b}[2J"), ("a\u{7}b", "a\\u{7}b"), ("\u{9B}31m", "\\u{9b}31m"),
        ("x\u{202E}y", "x\\u{202e}y"),
        ("x\u{2066}y", "x\\u{2066}y"), ("x\u{2028}y", "x\\u{2028}y"), ("x\u{200B}y", "x\\u{200b}y"),
        ("x\u{FEFF}y", "x\\u{feff}y"),
        ("Zürich 東京 é", "Zürich 東京 é"), ("\u{7F}", "\\u{7f}"), ("a\r\nb", "a\\u{d}\\u{a}b"),
    ])
    func `nothing stored can move a cursor, hide text or turn its direction`(_ text: String, _ escaped: String) {
        #expect(EventText.escaped(text) == escaped)
        let json = JSON.object([("location", .object([("name", .string(text))])), ("why", .array([.string(text)]))])
            .text
        var hostile = event(json, urgency: text)
        hostile.type = text
        hostile.alert = text
        let rendered = EventText.render(hostile)
        #expect(rendered.unicodeScalars.allSatisfy { $0 == "\n" || EventText.escaped(String($0)) == String($0) })
        #expect(rendered.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("    ") })
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"location\":7,\"band\":[],\"signs\":{},\"evidence\":\"x\",\"score\":null}",
    ])
    func `a body that is not what was promised still shows the line's fields`(_ body: String) {
        let rendered = EventText.render(event(body))
        #expect(rendered.hasPrefix("24 Nov 2025 16:00  IMMEDIATE  immediate  alt_"))
    }

    @Test func `as JSON an event keeps its fields and its body`() {
        #expect(
            event(#"{"band":{"to":"red"}}"#).json.text
                == #"{"name":"desk","seq":41,"prev":40,"type":"immediate","alert":"alt_01900000-0000-7000-8000-000000000001","#
                + #""rev":3,"urgency":"immediate","time":"2025-11-24T16:00:00Z","event":{"band":{"to":"red"}}}"#
        )
    }
}
