import Safeguarding

/// Reads of the log in groups that one look answers: what decides what a reader may see is the same in all of a group,
/// but for what is theirs alone.
///
/// An agency's own is the places it is linked to, which the database knows: groups of agencies without any that are the same
/// otherwise have one look in common.
struct SharedLooks {
    /// All that decides what the readers of a group are sent, but for a place, a mute or a notice of one of them.
    struct Look: Hashable {
        var agency: String
        var areas: [String]
        var filter: FeedFilter
        var after: Int64
    }

    struct Group {
        var look: Look
        /// As many events as the reader with the most room takes.
        var most: Int
        /// The first group that differs at most by its agency.
        var common: Int
        /// As many events as the reader with the most room takes in all the groups that share ``common``.
        var commonMost = 0
    }

    let reads: [PageRead]
    private(set) var groups: [Group] = []
    /// The group of each read.
    private(set) var group: [Int] = []

    /// - Parameter reads: All of one view.
    init(_ reads: [PageRead]) {
        self.reads = reads
        var known: [Look: Int] = [:]
        var commons: [Look: Int] = [:]
        for read in reads {
            let look = Look(
                agency: read.principal.agency,
                areas: read.principal.areas,
                filter: read.filter,
                after: read.after
            )
            let number = known[look] ?? groups.count
            if number == groups.count {
                known[look] = number
                var anyAgency = look
                anyAgency.agency = ""
                let common = commons[anyAgency] ?? number
                commons[anyAgency] = common
                groups.append(Group(look: look, most: 0, common: common))
            }
            groups[number].most = max(groups[number].most, read.most)
            groups[groups[number].common].commonMost = max(groups[groups[number].common].commonMost, read.most)
            group.append(number)
        }
        for number in groups.indices { groups[number].commonMost = groups[groups[number].common].commonMost }
    }
}

extension PageRead {
    /// Events of a page, at least 1.
    var most: Int { max(1, limit) }
}
