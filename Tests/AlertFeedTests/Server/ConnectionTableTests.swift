import AlertFeed
import Testing

struct ConnectionTableTests {
    private func id(_ number: Int) -> ConnectionID { ConnectionID(number: UInt64(number)) }

    private func limits(_ change: (inout FeedLimits) -> Void) -> FeedLimits {
        var limits = FeedLimits()
        change(&limits)
        return limits
    }

    private func expect(
        admitting id: ConnectionID,
        _ address: String,
        _ table: inout ConnectionTable,
        _ expected: ConnectionTable.Admission,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let admission = table.admit(id, from: address)
        #expect(admission == expected, sourceLocation: location)
    }

    private func expect(
        entering id: ConnectionID,
        _ user: String,
        _ table: inout ConnectionTable,
        _ expected: Bool,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let hasEntered = table.enter(id, as: user)
        #expect(hasEntered == expected, sourceLocation: location)
    }

    @Test func `the standard limits are those of the protocol`() {
        let limits = FeedLimits.standard
        #expect(limits.connections == 2_048 && limits.connectionsPerUser == 16 && limits.connectionsPerAddress == 128)
        #expect(limits.waiting == 1_024 && limits.waitingPerAddress == 16 && limits.waitingReserve == 256)
    }

    @Test(arguments: [2_047, 2_048, 2_049])
    func `there are at most 2 048 connections`(_ count: Int) {
        var table = ConnectionTable(limits: .standard)
        var admitted = 0
        for number in 1...count {
            switch table.admit(id(number), from: "10.0.\(number / 100).\(number % 100)") {
            case .admitted:
                admitted += 1
                expect(entering: id(number), "user-\(number)", &table, true)
            case .refused(let reason): #expect(reason == .tooMany)
            }
        }
        #expect(admitted == min(count, 2_048))
        #expect(table.count == admitted)
    }

    @Test(arguments: [127, 128, 129])
    func `an address has at most 128 connections`(_ count: Int) {
        var table = ConnectionTable(limits: .standard)
        var refused = 0
        for number in 1...count {
            switch table.admit(id(number), from: "10.0.0.1") {
            case .admitted: expect(entering: id(number), "user-\(number)", &table, true)
            case .refused(let reason):
                #expect(reason == .tooManyOfAddress)
                refused += 1
            }
        }
        #expect(refused == max(0, count - 128))
        expect(admitting: id(9_999), "10.0.0.2", &table, .admitted(displacing: nil))
        table.remove(id(1))
        if count >= 128 { expect(admitting: id(10_000), "10.0.0.1", &table, .admitted(displacing: nil)) }
    }

    @Test(arguments: [15, 16, 17])
    func `a user has at most 16 connections`(_ count: Int) {
        var table = ConnectionTable(limits: .standard)
        let entered = (1...count).map { number in
            _ = table.admit(id(number), from: "10.0.0.1")
            return table.enter(id(number), as: "ana")
        }
        #expect(entered.count { $0 } == min(count, 16))
        table.remove(id(1))
        _ = table.admit(id(100), from: "10.0.0.1")
        expect(entering: id(100), "ana", &table, true)
    }

    @Test func `a user who enters twice by one connection takes one place, and another user none`() {
        var table = ConnectionTable(limits: limits { $0.connectionsPerUser = 2 })
        for number in 1...2 { _ = table.admit(id(number), from: "10.0.0.1") }
        for _ in 0..<3 { expect(entering: id(1), "ana", &table, true) }
        expect(entering: id(1), "ben", &table, false)
        expect(entering: id(2), "ana", &table, true)
        _ = table.admit(id(3), from: "10.0.0.1")
        expect(entering: id(3), "ana", &table, false)
        table.remove(id(1))
        expect(entering: id(3), "ana", &table, true)
    }

    @Test func `of seventeen silent connections from one address the oldest goes`() {
        var table = ConnectionTable(limits: .standard)
        for number in 1...16 { expect(admitting: id(number), "10.0.0.1", &table, .admitted(displacing: nil)) }
        expect(admitting: id(17), "10.0.0.1", &table, .admitted(displacing: id(1)))
        expect(admitting: id(18), "10.0.0.1", &table, .admitted(displacing: id(2)))
        expect(admitting: id(19), "10.0.0.2", &table, .admitted(displacing: nil))
        #expect(table.waitingCount == 17)
    }

    @Test func `silent strangers leave two hundred and fifty-six places to known addresses`() {
        var table = ConnectionTable(limits: .standard)
        _ = table.admit(id(1), from: "office")
        expect(entering: id(1), "ana", &table, true)
        for number in 2...769 {
            expect(admitting: id(number), "stranger-\(number)", &table, .admitted(displacing: nil))
        }
        expect(admitting: id(770), "stranger-770", &table, .admitted(displacing: id(2)))
        #expect(table.waitingCount == 768)
        for number in 2_000...2_015 { expect(admitting: id(number), "office", &table, .admitted(displacing: nil)) }
        #expect(table.waitingCount == 784)
    }

    @Test func `a full waiting room of known addresses gives up the stranger first, then the oldest`() {
        let limits = limits {
            $0.waiting = 4
            $0.waitingReserve = 2
        }
        var table = ConnectionTable(limits: limits)
        for number in 1...4 {
            _ = table.admit(id(number), from: "office-\(number)")
            expect(entering: id(number), "user-\(number)", &table, true)
        }
        expect(admitting: id(10), "stranger", &table, .admitted(displacing: nil))
        for number in 1...3 {
            expect(admitting: id(10 + number), "office-\(number)", &table, .admitted(displacing: nil))
        }
        expect(admitting: id(20), "office-4", &table, .admitted(displacing: id(10)))
        expect(admitting: id(21), "office-4", &table, .admitted(displacing: id(11)))
    }

    @Test func `what is gone twice or was never there changes nothing`() {
        var table = ConnectionTable(limits: .standard)
        _ = table.admit(id(1), from: "a")
        table.remove(id(1))
        table.remove(id(1))
        table.remove(id(2))
        #expect(table.count == 0 && table.waitingCount == 0)
        expect(entering: id(1), "ana", &table, false)
    }

    @Test func `counts agree with a model under random arrivals`() {
        var random = Jitter(seed: 7)
        let limits = limits {
            $0.connections = 40
            $0.connectionsPerAddress = 8
            $0.connectionsPerUser = 5
            $0.waiting = 12
            $0.waitingPerAddress = 4
            $0.waitingReserve = 4
        }
        var table = ConnectionTable(limits: limits)
        var model: [Int: (address: String, user: String?)] = [:]
        var leaving: Set<Int> = []
        for number in 0..<5_000 {
            switch random.pick(0...3) {
            case 0, 1:
                let address = "10.0.0.\(random.pick(0...9))"
                if case .admitted(let displaced) = table.admit(id(number), from: address) {
                    model[number] = (address, nil)
                    if let displaced { leaving.insert(Int(displaced.number)) }
                }
            case 2:
                guard let waiting = model.filter({ $0.value.user == nil && !leaving.contains($0.key) }).keys.min()
                else { break }
                let user = "user-\(random.pick(0...9))"
                if table.enter(id(waiting), as: user) { model[waiting]?.user = user }
            default:
                guard let gone = leaving.first ?? model.keys.randomElement(using: &random) else { break }
                table.remove(id(gone))
                model[gone] = nil
                leaving.remove(gone)
            }
            #expect(table.count == model.count)
            #expect(model.count <= 40)
            #expect(Dictionary(grouping: model.values, by: \.address).values.allSatisfy { $0.count <= 8 })
            let users = Dictionary(grouping: model.values.compactMap(\.user), by: { $0 })
            #expect(users.values.allSatisfy { $0.count <= 5 })
            #expect(table.waitingCount == model.filter { $0.value.user == nil && !leaving.contains($0.key) }.count)
        }
    }
}
