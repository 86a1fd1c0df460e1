/// Who is asked when nobody claims an alert: the partnership's data (feed-protocol.md section 4).
package struct EscalationChains: Sendable, Hashable {
    /// One person or line of a step of an area's chain; `*` is the chain of areas without one.
    package struct Step: Sendable, Hashable {
        package var area: String
        /// From 1.
        package var number: Int
        package var person: String?
        /// What to ring.
        package var line: String?

        package init(area: String, number: Int, person: String? = nil, line: String? = nil) {
            self.area = area
            self.number = number
            self.person = person
            self.line = line
        }
    }

    /// Somebody is asked in another's place, from a moment up to another.
    package struct Cover: Sendable, Hashable {
        package var person: String
        package var by: String
        package var begins: Moment
        package var ends: Moment

        package init(person: String, by: String, begins: Moment, ends: Moment) {
            self.person = person
            self.by = by
            self.begins = begins
            self.ends = ends
        }
    }

    /// Hours in which a person is asked for `immediate` only: seconds of London's day, the end not included.
    package struct QuietHours: Sendable, Hashable {
        package var person: String
        package var begins: Int64
        package var ends: Int64

        package init(person: String, begins: Int64, ends: Int64) {
            self.person = person
            self.begins = begins
            self.ends = ends
        }

        func contain(_ moment: Moment) -> Bool {
            let time = London.secondOfDay(at: moment)
            return begins < ends ? time >= begins && time < ends : time >= begins || time < ends
        }
    }

    package var steps: [Step]
    package var covers: [Cover]
    package var quiet: [QuietHours]
    /// The areas of each token with which one of them could claim an alert, none for every area; who is not in here is
    /// without a limit.
    package var reach: [String: [[String]]]
    /// Who of them, or whose agency, is linked to a place.
    package var linked: [LocationID: Set<String>]

    package init(
        steps: [Step] = [],
        covers: [Cover] = [],
        quiet: [QuietHours] = [],
        reach: [String: [[String]]] = [:],
        linked: [LocationID: Set<String>] = [:]
    ) {
        self.steps = steps
        self.covers = covers
        self.quiet = quiet
        self.reach = reach
        self.linked = linked
    }

    package static let none = EscalationChains()

    /// Whom a step asks.
    package struct Asked: Sendable, Hashable {
        package var people: [String]
        package var lines: [String]

        package init(people: [String] = [], lines: [String] = []) {
            self.people = people
            self.lines = lines
        }

        package static let nobody = Asked()
    }

    /// Steps of the chain of these areas; nil where the partnership has set none.
    package func length(in areas: [String]) -> Int? { chain(of: areas).map(\.number).max() }

    /// Who of them has no token with which they could claim any alert.
    package var unable: Set<String> { Set(reach.filter { $0.value.isEmpty }.keys) }

    /// Whether a person has a token with which they could see and claim an alert of these areas; one of none is seen by all.
    package func reaches(_ person: String, _ areas: [String]) -> Bool {
        guard let tokens = reach[person] else { return true }
        return tokens.contains { $0.isEmpty || areas.isEmpty || !Set($0).isDisjoint(with: areas) }
    }

    /// The first step from one on at which somebody can be asked, and whom it asks.
    ///
    /// Quiet hours pass a person over, except for `immediate`, and so does having no token to see and claim the alert with.
    /// Where that leaves nobody from this step on, the last one before it with somebody is asked again, and the level stays
    /// the last one's; where it leaves nobody at all, the last step with anybody is asked in spite of it, and where an area's
    /// chain has nobody, the one of areas without: an alert that nobody has claimed is never put to nobody. Whoever is linked
    /// to the place is never asked about it: they are not to know.
    ///
    /// - Parameter cause: Of the alert: an unlocated one is seen in every area, whatever its own are.
    package func asked(
        from step: Int,
        in areas: [String],
        cause: AlertCause,
        about location: LocationID? = nil,
        urgency: Urgency,
        at now: Moment
    ) -> (step: Int, asked: Asked) {
        let strangers = location.flatMap { linked[$0] } ?? []
        let chain = chain(of: areas)
        let numbers = Set(chain.map(\.number)).sorted()
        func asked(_ number: Int, of chain: [Step], _ isReady: (String) -> Bool) -> Asked? {
            let steps = chain.filter { $0.number == number }
            let people = Set(steps.compactMap { $0.person.map { standIn(for: $0, at: now) } }).subtracting(strangers)
            let asked = Asked(people: people.filter(isReady).sorted(), lines: Set(steps.compactMap(\.line)).sorted())
            return asked == .nobody ? nil : asked
        }
        func isReady(_ person: String) -> Bool {
            reaches(person, cause == .unlocated ? [] : areas)
                && (urgency == .immediate || !isQuiet(for: person, at: now))
        }
        for number in numbers where number >= step {
            if let asked = asked(number, of: chain, isReady) { return (number, asked) }
        }
        let last = numbers.last { $0 >= step } ?? step
        for number in numbers.reversed() where number < step {
            if let asked = asked(number, of: chain, isReady) { return (last, asked) }
        }
        for number in numbers.reversed() {
            if let asked = asked(number, of: chain, { _ in true }) { return (number >= step ? number : last, asked) }
        }
        let others = self.chain(of: [])
        for isReady in [isReady, { _ in true }] {
            for number in Set(others.map(\.number)).sorted() {
                if let asked = asked(number, of: others, isReady) { return (last, asked) }
            }
        }
        return (last, .nobody)
    }

    private func isQuiet(for person: String, at now: Moment) -> Bool {
        quiet.contains { $0.person == person && $0.contain(now) }
    }

    /// Who covers a person now: of several the one whose cover began last, and who covers that one in turn; of people who
    /// cover each other the last before it comes round.
    private func standIn(for person: String, at now: Moment) -> String {
        var (asked, passed) = (person, [person])
        while let next = cover(of: asked, at: now), !passed.contains(next) {
            asked = next
            passed.append(next)
        }
        return asked
    }

    private func cover(of person: String, at now: Moment) -> String? {
        covers.filter { $0.person == person && $0.begins <= now && now < $0.ends }.max { $0.begins < $1.begins }?.by
    }

    /// The chains of all these areas, else the one of areas without.
    private func chain(of areas: [String]) -> [Step] {
        let own = steps.filter { areas.contains($0.area) }
        return own.isEmpty ? steps.filter { $0.area == "*" } : own
    }
}

extension EscalationChains.Asked {
    /// As the last member of an event's body; nobody adds nothing.
    package func written(into body: String) -> String {
        guard self != .nobody, let members = (try? JSONReader.read(bytes: Array(body.utf8)))?.members else {
            return body
        }
        let asked = JSON.object([("people", .strings(people)), ("lines", .strings(lines))])
        return JSON.object(members.map { ($0.key, $0.value.json) } + [("asked", asked)]).text
    }
}
