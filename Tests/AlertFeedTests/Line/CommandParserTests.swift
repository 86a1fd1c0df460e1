import AlertFeed
import Safeguarding
import Testing

struct CommandParserTests {
    private func parse(_ line: String) -> Result<TaggedCommand, CommandError> {
        Result { () throws(CommandError) in try CommandParser.parse(line) }
    }

    private func command(_ line: String) throws -> Command { try parse(line).get().command }

    private func refusal(_ line: String) -> FeedError.Word? {
        guard case .failure(let error) = parse(line) else { return nil }
        return error.error.word
    }

    @Test func `every command is read`() throws {
        let alert = try #require(AlertID("alt_01900000-0000-7000-8000-000000000001"))
        #expect(try command("HELLO 1 follow 2.0") == .hello(version: 1))
        #expect(
            try command("AUTH TOKEN id.sec.ret") == .authenticate(.token(Credential(tokenID: "id", secret: "sec.ret")))
        )
        #expect(
            try command("AUTH TOKEN id secret") == .authenticate(.token(Credential(tokenID: "id", secret: "secret")))
        )
        #expect(try command("AUTH EXTERNAL") == .authenticate(.certificate))
        #expect(try command("FILTER? desk") == .showFilter(name: "desk"))
        #expect(try command("FILTER desk") == .filter(name: "desk", filter: .everything))
        #expect(try command("ACK desk 12") == .acknowledge(name: "desk", seq: 12))
        #expect(try command("LIST") == .list(after: nil, filter: .everything))
        #expect(try command("LIST AFTER \(alert.text)") == .list(after: alert, filter: .everything))
        #expect(try command("SHOW \(alert.text)") == .show(alert))
        #expect(try command("WHO") == .who)
        for kind in AlertActKind.allCases {
            let line = "\(kind.rawValue.uppercased()) \(alert.text) shift.1_a-b"
            #expect(try command(line) == .act(AlertAct(kind, alert, actionID: "shift.1_a-b")))
            let worded = AlertAct(kind, alert, actionID: "1", text: "two  words ")
            #expect(try command("\(kind.rawValue.uppercased()) \(alert.text) 1 two  words ") == .act(worded))
        }
        let from4 = AlertAct(.resolve, alert, actionID: "1", text: "REV 5 known", decidedFrom: 4)
        #expect(try command("RESOLVE \(alert.text) 1 REV 4 REV 5 known") == .act(from4))
        let note = AlertAct(.note, alert, actionID: "1", text: "REV 4 known")
        #expect(try command("NOTE \(alert.text) 1 REV 4 known") == .act(note), "only of RESOLVE")
        let mute = try #require(MuteID("mut_01900000-0000-7000-8000-000000000001"))
        #expect(try command("CONFIRM \(mute.text)") == .confirmMute(mute))
        #expect(try command("UNMUTE \(mute.text)") == .endMute(mute))
        #expect(try command("MUTES") == .mutes)
        #expect(try command("LAG") == .lag)
        #expect(try command("LIMITS") == .limits)
        #expect(try command("PING") == .ping(""))
        #expect(try command("PING a  b ") == .ping("a  b "))
        #expect(try command("QUIT") == .quit)
    }

    @Test func `SUB takes its options in either order and the filter last`() throws {
        let filter = FeedFilter(inclusions: [.area("E05A")], text: "area:E05A")
        let plain = Command.subscribe(name: "desk", from: .resume, window: 256, filter: .everything)
        let full = Command.subscribe(name: "desk", from: .after(seq: 7, epoch: "e-1"), window: 5, filter: filter)
        #expect(try command("SUB desk") == plain)
        #expect(try command("SUB desk FROM 7@e-1 WINDOW 5 FILTER area:E05A") == full)
        #expect(try command("SUB desk WINDOW 5 FROM 7@e-1 FILTER area:E05A") == full)
        #expect(try command("SUB desk FILTER") == plain)
        let standing = Command.subscribe(name: "desk", from: .head, window: 5, filter: filter, isStanding: true)
        #expect(try command("SUB desk STANDING FROM head WINDOW 5 FILTER area:E05A") == standing)
        #expect(try command("SUB desk WINDOW 5 FROM head STANDING FILTER area:E05A") == standing)
        #expect(refusal("SUB desk STANDING STANDING") == .badFormat)
        #expect(refusal("SUB desk standing") == .badFormat)
        #expect(refusal("SUB desk STANDING FILTER area:E05A -kind:exercise") == .badFormat)
        #expect(refusal("SUB desk STANDING FILTER -urgency>=low") == .badFormat)
        #expect(refusal("SUB desk STANDING FILTER -kind:note -urgency>=normal kind:raised") == nil)
        #expect(refusal("SUB desk FROM head FROM head") == .badFormat)
        #expect(refusal("SUB desk WINDOW 1 WINDOW 1") == .badFormat)
        #expect(refusal("SUB desk FROM") == .badFormat)
        #expect(refusal("SUB desk from head") == .badFormat)
    }

    @Test(arguments: [("1m", 60), ("90m", 5_400), ("8h", 28_800), ("3d", 259_200)])
    func `MUTE takes terms, a time and a reason`(_ time: String, _ seconds: Int64) throws {
        let terms = FeedFilter(
            inclusions: [.area("E05A")],
            exclusions: [.kind(.rising)],
            text: "area:E05A -kind:rising"
        )
        for isForAll in [false, true] {
            let line = "MUTE \(isForAll ? "ALL " : "")area:E05A -kind:rising FOR \(time) REASON FOR a  REASON "
            let request = MuteRequest(terms: terms, seconds: seconds, reason: "FOR a  REASON ", isForAll: isForAll)
            #expect(try command(line) == .mute(request))
        }
    }

    @Test(arguments: ["8", "h", "8s", "8H", "-8h", "08h", "10001m", "8.5h", ""])
    func `a time is a number of minutes, hours or days`(_ time: String) {
        #expect(refusal("MUTE area:E05A FOR \(time) REASON works all week") == .badFormat)
    }

    @Test(arguments: [(63, true), (64, true), (65, false)])
    func `an action id has up to 64 characters`(_ length: Int, _ isAllowed: Bool) {
        let line = "CLAIM alt_01900000-0000-7000-8000-000000000001 " + String(repeating: "a", count: length)
        #expect((refusal(line) == nil) == isAllowed)
    }

    @Test(arguments: [
        (0, false), (1, true), (8_191, true), (8_192, true), (8_193, false), (99_999_999_999_999, false),
    ])
    func `a window is from 1 to 8 192`(_ window: Int, _ isAllowed: Bool) {
        #expect((refusal("SUB desk WINDOW \(window)") == nil) == isAllowed)
    }

    @Test(arguments: [
        ("", false), ("1", false), ("@e", false), ("1@", false), ("1@e", true), ("01@e", false),
        ("-1@e", false), ("9223372036854775807@e", true), ("9223372036854775808@e", false), ("1@e@f", false),
        ("resume", true), ("head", true), ("floor", true), ("Head", false), ("0@e", true),
    ])
    func `a start is a word or a position in an epoch`(_ word: String, _ isAllowed: Bool) {
        #expect((refusal("SUB desk FROM \(word)") == nil) == isAllowed)
    }

    @Test(arguments: [(31, true), (32, true), (33, false), (0, false)])
    func `a name has 1 to 32 bytes`(_ length: Int, _ isAllowed: Bool) {
        #expect((refusal("ACK \(String(repeating: "n", count: length)) 1") == nil) == isAllowed)
    }

    @Test(arguments: ["desk/1", "désk", "desk:1", "d@sk", "de,sk"])
    func `a name is of letters, digits, dots, underscores and hyphens`(_ name: String) {
        #expect(refusal("ACK \(name) 1") == .badFormat)
        #expect(refusal("ACK A-z0.9_ 1") == nil)
    }

    @Test(arguments: [(15, true), (16, true), (17, false), (0, false)])
    func `a tag has 1 to 16 characters`(_ length: Int, _ isAllowed: Bool) throws {
        let tag = String(repeating: "t", count: length)
        #expect((refusal("@\(tag) PING") == nil) == isAllowed)
        if isAllowed { #expect(try parse("@\(tag) PING").get().tag == tag) }
    }

    @Test func `an error keeps the tag that was read`() {
        guard case .failure(let error) = parse("@t-1 NOSUCH") else {
            Issue.record("parsed")
            return
        }
        #expect(error.tag == "t-1")
    }

    @Test(arguments: [
        "", " ", "PING\t", " PING", "ACK  desk 1", "ACK desk 1 ", "ACK desk", "ACK desk one", "ACK desk 1 2",
        "ACK desk -1",
        "ACK desk +1", "ACK desk 01", "ACK desk 9223372036854775808", "ACK desk ١", "LAG now", "QUIT now", "LIMITS x",
        "ping",
        "HELLO one a b", "HELLO 1 a", "HELLO 1 a b c", "AUTH", "AUTH TOKEN", "AUTH TOKEN x", "AUTH TOKEN .x",
        "AUTH TOKEN x.",
        "AUTH TOKEN a b c", "AUTH PLAIN x y", "FILTER", "FILTER?", "LIST AFTER", "LIST AFTER alt_", "LIST nonsense",
        "@a",
        "@a @b PING", "PING \u{7F}", "PING \u{85}", "PING a\u{0}", "CLAIM x y", "SHOW x", "SHOW", "WHO x",
        "RESOLVE alt_01900000-0000-7000-8000-000000000001 1 REV",
        "RESOLVE alt_01900000-0000-7000-8000-000000000001 1 REV 0 x",
        "RESOLVE alt_01900000-0000-7000-8000-000000000001 1 REV 2147483648 x",
        "CLAIM alt_01900000-0000-7000-8000-000000000001", "NOTE alt_01900000-0000-7000-8000-000000000001 a/b words",
        "MUTE x y",
    ])
    func `a line that is no command is refused by name`(_ line: String) {
        #expect(refusal(line) == .badFormat)
    }

    @Test func `a token is never printed`() {
        let credential = Credential(tokenID: "tok-ana", secret: "hush")
        var dumped = ""
        dump(credential, to: &dumped)
        for text in [
            "\(credential)", String(reflecting: credential), "\(Command.authenticate(.token(credential)))", dumped,
        ] {
            #expect(!text.contains("hush"))
        }
    }

    @Test(arguments: [(128, true), (129, false)])
    func `a secret has at most 128 bytes`(_ length: Int, _ isAllowed: Bool) {
        #expect((refusal("AUTH TOKEN id.\(String(repeating: "s", count: length))") == nil) == isAllowed)
    }

    @Test func `no error text repeats what was sent`() {
        for line in ["zebra", "SUB zebra! FROM zebra", "SUB desk FILTER zebra:1", "AUTH TOKEN zebra", "@zebra! PING"] {
            guard case .failure(let error) = parse(line) else { continue }
            let text = error.error.text.text + error.error.fields.map(\.text).joined()
            #expect(!text.contains("zebra"))
        }
    }
}
