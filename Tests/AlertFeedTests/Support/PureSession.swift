import AlertFeed
import NIOCore
import Safeguarding
import TestSupport

/// The machine with a log in memory and a clock by hand, without sockets or tasks: what the server must behave like.
final class PureSession {
    var machine: SessionMachine
    let log: MemoryAlertLog
    let desk: MemoryAlertDesk
    let mutes: MemoryMuteDesk
    let credentials: MemoryCredentials
    private var names: [String] = []
    private(set) var elapsed: Duration = .zero
    private let limits: FeedLimits
    private var decoder = LineDecoder()
    private var input = ByteBuffer()
    private var output = OutgoingLines()
    /// What a client's socket does not take.
    var waiting = 0
    var taken: Int64 = 0

    init(
        log: MemoryAlertLog = MemoryAlertLog(),
        credentials: MemoryCredentials = MemoryCredentials(),
        limits: FeedLimits = .standard,
        seed: UInt64 = 1,
        greets: Bool = true
    ) {
        self.log = log
        desk = MemoryAlertDesk(log)
        mutes = MemoryMuteDesk(log)
        self.credentials = credentials
        self.limits = limits
        machine = SessionMachine(limits: limits, seed: seed, at: ManualClock.instant(.zero))
        if greets { say(machine.banner(server: "placeguard", isEncrypted: false)) }
    }

    var now: FeedInstant { ManualClock.instant(elapsed) }

    /// A session that has logged in and read the answers away.
    static func loggedIn(
        as principal: Principal = .ana,
        log: MemoryAlertLog = MemoryAlertLog(),
        limits: FeedLimits = .standard
    ) async -> PureSession {
        let session = PureSession(log: log, limits: limits)
        await session.send("HELLO 1 test 1")
        await session.send("AUTH TOKEN \(principal.tokenID).secret-\(principal.person ?? "")")
        _ = session.takeLines()
        return session
    }

    func send(_ line: String) async { await receive(Array(line.utf8) + [0x0A]) }

    func receive(_ bytes: [UInt8]) async {
        input.writeBytes(bytes)
        var following = decoder.decode(buffer: &input)
        while machine.end == nil, let line = following {
            following = decoder.decode(buffer: &input)
            var effect = say(machine.received(line, before: following, at: now))
            while let next = effect { effect = say(machine.completed(await perform(next), at: now)) }
        }
        await settle()
    }

    func publish(_ view: View = .open, _ facts: FeedFacts = FeedFacts(), body: String = "{}") async {
        log.publish(in: view, facts: facts, body: body)
        machine.logMayHaveGrown()
        await settle()
    }

    /// Lets seconds pass, with a tick and a poll in each.
    func pass(seconds: Int) async {
        for _ in 0..<seconds {
            elapsed += .seconds(1)
            say(machine.tick(OutputProgress(waiting: waiting, taken: taken), at: now))
            if let view = machine.principal?.view {
                if let position = try? await log.position(of: view) {
                    say(machine.logStands(at: position, at: now))
                } else {
                    machine.databaseWentAway()
                }
            }
            await settle()
        }
    }

    /// Lets time pass that only the rate of commands notices.
    func rest() { elapsed += .milliseconds(900) }

    /// Delivers until there is nothing to do.
    func settle() async {
        while true {
            if let work = machine.nextWork(hasRoom: true, at: now) {
                await perform(work)
                continue
            }
            if let (principal, range) = machine.nextAudit(at: now) {
                let written: Void? = try? await log.audit(principal, action: "feed.deliver", detail: range.detail)
                machine.audited(range, succeeded: written != nil)
                continue
            }
            let actions = machine.deliver(room: .max, at: now)
            guard !actions.lines.isEmpty else { return }
            say(actions)
        }
    }

    @discardableResult
    func say(_ actions: SessionActions) -> SessionEffect? {
        for line in actions.lines { line.encode(into: &output) }
        return actions.effect
    }

    /// The lines said since the last call.
    func takeLines() -> [String] {
        let text = output.takeText()
        return text.split(separator: "\n").map { String($0) }
    }

    private func perform(_ effect: SessionEffect) async -> SessionOutcome {
        do {
            switch effect {
            case .checkCredential(let credential):
                return .credentialChecked(
                    try await credentials.authenticate(tokenID: credential.tokenID, secret: credential.secret)
                )
            case .checkCertificate: return .credentialChecked(nil)
            case .punishRefusal(let tokenID):
                try await credentials.recordRefusal(tokenID: tokenID, address: "127.0.0.1")
                return .punished
            case .enter(let principal): return .entered(try await log.position(of: principal.view))
            case .subscribe(let principal, let name, let from, let filter, let isStanding):
                let start = try await log.subscribe(
                    principal,
                    name: name,
                    from: from,
                    filter: filter,
                    isStanding: isStanding
                )
                names.append(name)
                return .subscribed(start)
            case .acknowledge(let subscription, let seq, let sent):
                try await log.acknowledge(subscription, seq: seq, sent: sent)
                return .acknowledged
            case .auditFilter(let principal, _, let filter):
                try await log.audit(principal, action: "feed.filter", detail: filter.text)
                return .audited
            case .list(let principal, let after, let filter):
                let limit = FeedLimits.listLines + 1
                return .listed(
                    try await log.openAlerts(principal, filter: filter, after: after, limit: limit)
                )
            case .readCursors(let principal): return .cursors(try await log.cursors(principal))
            case .act(let principal, let act):
                let receipt = try await desk.act(act, by: principal)
                machine.logMayHaveGrown()
                return .acted(receipt)
            case .show(let principal, let alert):
                return .shown(try await desk.history(of: alert, for: principal))
            case .proposeMute(let principal, let request):
                return .muteProposed(try await mutes.propose(request, by: principal))
            case .confirmMute(let principal, let mute):
                let live = try await mutes.confirm(mute, by: principal)
                machine.logMayHaveGrown()
                return .muteConfirmed(live)
            case .endMute(let principal, let mute):
                try await mutes.end(mute, by: principal)
                machine.logMayHaveGrown()
                return .muteEnded
            case .listMutes(let principal): return .mutes(try await mutes.mutes(for: principal))
            case .listPresent(let principal):
                let names = names.sorted()
                let person = PresentPerson(
                    subject: principal.subject,
                    agency: principal.agency,
                    sessions: 1,
                    subscriptions: names
                )
                return .present([person])
            }
        } catch let refusal as FeedRefusal {
            return .refused(refusal)
        } catch let refusal as AlertActRefusal {
            return .actRefused(refusal)
        } catch let refusal as MuteRefusal {
            return .muteRefused(refusal)
        } catch {
            return .unavailable
        }
    }

    private func perform(_ work: DeliveryWork) async {
        switch work {
        case .readPage(let request): say(machine.pageRead(request, await read(request), at: now))
        case .advance(let subscription, let readTo):
            let succeeded = (try? await log.advance(subscription, readTo: readTo)) != nil
            machine.advanced(subscription, readTo: readTo, succeeded: succeeded)
        }
    }

    private func read(_ request: PageRequest) async -> PageOutcome {
        do {
            let page = try await log.page(request.read)
            return .read(
                events: .lines(EventRun(page.events)),
                readTo: page.readTo,
                position: page.position
            )
        } catch let refusal as FeedRefusal {
            return .refused(refusal)
        } catch {
            return .unavailable
        }
    }
}

extension OutgoingLines {
    /// What the socket would be handed.
    mutating func takeText() -> String { take().map { String(buffer: $0) }.joined() }
}
