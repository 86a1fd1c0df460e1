import Safeguarding
import Synchronization

/// The connections of one server: who is there, who holds which name, and who has to go.
///
/// One lock, never held while a connection is spoken to.
final class FeedRegistry: Sendable {
    /// A subscription's name in one view of one subject.
    struct Name: Hashable {
        var subject: String
        var view: View
        var name: String
    }

    private struct Holder {
        var connection: FeedConnection
        var generation: Int64
    }

    private struct State {
        var table: ConnectionTable
        var addresses: LoginPenalties
        var ids: LoginPenalties
        var connections: [ConnectionID: FeedConnection] = [:]
        var principals: [ConnectionID: Principal] = [:]
        var names: [Name: Holder] = [:]
        var isDraining = false
    }

    private let state: Mutex<State>

    init(limits: FeedLimits) {
        let penalties = LoginPenalties(limits: limits)
        state = Mutex(State(table: ConnectionTable(limits: limits), addresses: penalties, ids: penalties))
    }

    enum Admission {
        case admitted(displacing: FeedConnection?)
        case refused(ConnectionTable.Refusal)
    }

    var count: Int { state.withLock { $0.table.count } }
    var connections: [FeedConnection] { state.withLock { Array($0.connections.values) } }

    func admit(_ connection: FeedConnection) -> Admission {
        state.withLock { state in
            guard !state.isDraining else { return .refused(.draining) }
            switch state.table.admit(connection.id, from: connection.network) {
            case .refused(let reason): return .refused(reason)
            case .admitted(let displaced):
                state.connections[connection.id] = connection
                return .admitted(displacing: displaced.flatMap { state.connections[$0] })
            }
        }
    }

    func enter(_ connection: FeedConnection, as principal: Principal) -> Bool {
        state.withLock { state in
            guard state.table.enter(connection.id, as: principal.subject) else { return false }
            state.principals[connection.id] = principal
            return true
        }
    }

    /// The delay that an address or an id has earned with one more refused login, whichever is longer: many addresses that
    /// try one id are slowed as well as one address that tries many.
    func punish(_ address: String, _ tokenID: String, at now: FeedInstant) -> Duration {
        state.withLock { max($0.addresses.refused(address, at: now), $0.ids.refused(tokenID, at: now)) }
    }

    /// Gives a name to a connection; answers the one that has lost it, which may be the newcomer when a still newer one was quicker.
    func claim(_ subscription: FeedSubscription, for connection: FeedConnection) -> FeedConnection? {
        let name = Name(subject: subscription.subject, view: subscription.view, name: subscription.name)
        return state.withLock { state in
            let holder = state.names[name]
            if let holder, holder.generation > subscription.generation { return connection }
            state.names[name] = Holder(connection: connection, generation: subscription.generation)
            // The connection itself may hold it from a SUB whose answer came too late.
            return holder?.connection === connection ? nil : holder?.connection
        }
    }

    /// Every name that is held here, and by whom.
    var holders: [(subscription: FeedSubscription, connection: FeedConnection)] {
        state.withLock { state in
            state.names.map { name, holder in
                let subscription = FeedSubscription(
                    subject: name.subject,
                    name: name.name,
                    view: name.view,
                    generation: holder.generation
                )
                return (subscription, holder.connection)
            }
        }
    }

    func remove(_ connection: FeedConnection) {
        state.withLock { state in
            state.table.remove(connection.id)
            state.connections[connection.id] = nil
            state.principals[connection.id] = nil
            for (name, holder) in state.names where holder.connection === connection { state.names[name] = nil }
        }
    }

    /// One principal for each token in use.
    var credentials: [Principal] {
        state.withLock { state in
            Array(
                Dictionary(state.principals.values.map { ($0.tokenID, $0) }, uniquingKeysWith: { first, _ in first })
                    .values
            )
        }
    }

    /// Who reads the same view as this reader, and an area in common where both are limited to areas; in order.
    func present(to reader: Principal) -> [PresentPerson] {
        state.withLock { state in
            var people: [String: PresentPerson] = [:]
            for principal in state.principals.values where principal.isNear(reader) {
                people[
                    principal.subject,
                    default: PresentPerson(
                        subject: principal.subject,
                        agency: principal.agency,
                        sessions: 0,
                        subscriptions: []
                    )
                ].sessions += 1
            }
            // A person may hold others under a token that this reader has no area in common with.
            for (name, holder) in state.names {
                guard let principal = state.principals[holder.connection.id], principal.isNear(reader) else { continue }
                people[name.subject]?.subscriptions.append(name.name)
            }
            return people.values.map { person in
                var person = person
                person.subscriptions.sort()
                return person
            }.sorted { $0.subject < $1.subject }
        }
    }

    /// Who holds subscriptions here.
    var readers: [ConnectedReader] {
        state.withLock { state in
            Dictionary(grouping: state.names.keys) { Reader(subject: $0.subject, view: $0.view) }
                .map {
                    ConnectedReader(subject: $0.key.subject, view: $0.key.view, names: $0.value.map(\.name).sorted())
                }
        }
    }

    /// One principal for each of them and each set of areas that their tokens have.
    var subscribers: [Principal] {
        let readers = Set(readers.map { Reader(subject: $0.subject, view: $0.view) })
        return state.withLock { state in
            let present = state.principals.values.compactMap { principal in
                let reader = Reader(subject: principal.subject, view: principal.view)
                return readers.contains(reader) ? (reader.limited(to: principal.areas), principal) : nil
            }
            return Array(Dictionary(present) { first, _ in first }.values)
        }
    }

    private struct Reader: Hashable {
        var subject: String
        var view: View
        var areas: Set<String> = []

        func limited(to areas: [String]) -> Reader { Reader(subject: subject, view: view, areas: Set(areas)) }
    }

    func connections(withToken tokenID: String) -> [FeedConnection] {
        state.withLock { state in
            state.principals.filter { $0.value.tokenID == tokenID }.compactMap { state.connections[$0.key] }
        }
    }

    func connections(reading view: View) -> [FeedConnection] {
        state.withLock { state in
            state.principals.filter { $0.value.view == view }.compactMap { state.connections[$0.key] }
        }
    }

    /// From here on nobody is admitted; answers who is there.
    func beginDrain() -> [FeedConnection] {
        state.withLock { state in
            state.isDraining = true
            return Array(state.connections.values)
        }
    }
}

extension Principal {
    fileprivate func isNear(_ other: Principal) -> Bool {
        view == other.view && (areas.isEmpty || other.areas.isEmpty || !Set(areas).isDisjoint(with: other.areas))
    }
}
