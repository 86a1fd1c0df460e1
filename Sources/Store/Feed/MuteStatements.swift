import Postgres
import Safeguarding

/// The statements of ``PostgresMuteDesk``.
enum MuteStatements {
    /// Wishes of a subject that were not confirmed in time, by whole seconds as confirming has it.
    static func forget(of subject: String) -> Statement {
        Statement(
            """
            DELETE FROM placeguard.mute
            WHERE by = $1 AND begins IS NULL
                AND date_trunc('second', asked) + make_interval(secs => $2) < date_trunc('second', clock_timestamp())
            """,
            [.text(subject), .double(Double(MuteRequest.secondsToConfirm))]
        )
    }

    /// How many a subject has in force, and by what time it is.
    static func inForce(of subject: String) -> Statement {
        Statement(
            """
            SELECT count(*) FILTER (WHERE begins IS NOT NULL AND ends IS NULL), count(*) FILTER (WHERE begins IS NULL)
            FROM placeguard.mute WHERE by = $1
            """,
            [.text(subject)]
        )
    }

    /// The place of a mute for everybody, where its author may see it: as the log's permissions have it.
    static func place(_ location: LocationID, for reader: Principal) -> Statement {
        Statement(
            """
            SELECT l.areas FROM placeguard.location l
            WHERE l.id = $1 AND l.merged_into IS NULL
                AND (cardinality($2::text[]) = 0 OR cardinality(l.areas) = 0 OR l.areas && $2)
                AND NOT EXISTS (
                    SELECT FROM placeguard.link k WHERE k.location = l.id AND (k.agency = $3 OR k.person = $4))
            """,
            [.id(location), .texts(reader.areas), .text(reader.agency), .text(reader.person)]
        )
    }

    static func propose(_ request: MuteRequest, by reader: Principal) -> Statement {
        let words = MuteWords(request.terms)
        return Statement(
            """
            INSERT INTO placeguard.mute (view, by, agency, person, reader_areas, audience, location, terms, areas, locations,
                categories, kinds, bands, urgencies, sources, excluded, near, excluded_near, reason, seconds)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            RETURNING id
            """,
            [
                .name(reader.view), .text(reader.subject), .text(reader.agency), .text(reader.person),
                .texts(reader.areas), .text(request.isForAll ? nil : reader.subject),
                .id(request.isForAll ? request.place : nil), .text(request.terms.text), .texts(words.areas),
                .texts(words.locations), .texts(words.categories), .texts(words.kinds), .texts(words.bands),
                .texts(words.urgencies), .texts(words.sources), .texts(words.excluded), .doubles(words.near),
                .doubles(words.excludedNear), .text(request.reason), .int32(Int32(clamping: request.seconds)),
            ]
        )
    }

    /// Open alerts whose last event it would have withheld from its author, and events of the last week that it would have, as far as
    /// the latest of the log go.
    static func preview(_ mute: MuteID, for reader: Principal) -> Statement {
        Statement(
            """
            SELECT (
                SELECT count(*) FROM placeguard.alert f
                WHERE f.view = m.view AND f.is_open
                    AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)
                    AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, NULL, $2::text[], ARRAY(
                        SELECT l.location FROM placeguard.link l WHERE l.agency = $3 OR l.person = $4))
            ), (
                SELECT count(*) FROM (
                    SELECT * FROM placeguard.feed l WHERE l.view = m.view ORDER BY l.seq DESC LIMIT $5) f
                WHERE f.at > clock_timestamp() - interval '7 days'
                    AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)
                    AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, NULL, $2::text[], ARRAY(
                        SELECT l.location FROM placeguard.link l WHERE l.agency = $3 OR l.person = $4))
            )
            FROM placeguard.mute m WHERE m.id = $1
            """,
            [
                .id(mute), .texts(reader.areas), .text(reader.agency), .text(reader.person),
                .int64(PageStatement.scanned),
            ]
        )
    }

    /// A mute, locked, with the time it is and the areas of its place.
    static func locked(_ mute: MuteID) -> Statement {
        Statement(
            """
            SELECT m.id, m.view, m.by, m.until, m.terms, m.reason, m.audience IS NULL, m.begins IS NOT NULL,
                m.ends IS NOT NULL, m.asked, m.seconds, m.location, coalesce(l.areas, '{}'), clock_timestamp()
            FROM placeguard.mute m LEFT JOIN placeguard.location l ON l.id = m.location
            WHERE m.id = $1
            FOR UPDATE OF m
            """,
            [.id(mute)]
        )
    }

    /// Locks a mute, unless somebody else has.
    static func claimed(_ mute: MuteID) -> Statement {
        Statement("SELECT FROM placeguard.mute WHERE id = $1 FOR UPDATE SKIP LOCKED", [.id(mute)])
    }

    static func overdue(limit: Int64) -> Statement {
        Statement(
            """
            SELECT id FROM placeguard.mute
            WHERE begins IS NOT NULL AND ends IS NULL AND until <= clock_timestamp() ORDER BY until LIMIT $1
            """,
            [.int64(limit)]
        )
    }

    static func inForce(for reader: Principal) -> Statement {
        Statement(
            """
            SELECT m.id, m.view, m.by, m.until, m.terms, m.reason, m.audience IS NULL
            FROM placeguard.mute m LEFT JOIN placeguard.location p ON p.id = m.location
            WHERE m.view = $1 AND m.begins IS NOT NULL AND m.ends IS NULL AND m.until > clock_timestamp()
                AND placeguard.is_visible(m.audience, coalesce(cardinality(p.areas), 0) = 0, coalesce(p.areas, '{}'),
                    m.location, $2, $5::text[], ARRAY(
                        SELECT l.location FROM placeguard.link l WHERE l.agency = $3 OR l.person = $4))
            ORDER BY m.id
            """,
            [
                .name(reader.view), .text(reader.subject), .text(reader.agency), .text(reader.person),
                .texts(reader.areas),
            ]
        )
    }

    /// A row where a mute is the reader's own, or for everybody at a place that the reader may see.
    static func seen(_ mute: MuteID, by reader: Principal) -> Statement {
        Statement(
            """
            SELECT FROM placeguard.mute m LEFT JOIN placeguard.location p ON p.id = m.location
            WHERE m.id = $1 AND (m.by = $2 OR placeguard.is_visible(m.audience, coalesce(cardinality(p.areas), 0) = 0,
                coalesce(p.areas, '{}'), m.location, $2, $5::text[], ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = $3 OR l.person = $4)))
            """,
            [
                .id(mute), .text(reader.subject), .text(reader.agency), .text(reader.person), .texts(reader.areas),
            ]
        )
    }

    /// Events that a mute has withheld from whoever it spares, as far as its author would have seen them.
    static func withheld(_ mute: MuteID) -> Statement {
        Statement(
            """
            SELECT count(*) FROM placeguard.mute m JOIN placeguard.feed f ON f.view = m.view AND f.seq > m.begins
            WHERE m.id = $1 AND f.at < m.until
                AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)
                AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, NULL, m.reader_areas, ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = m.agency OR l.person = m.person))
            """,
            [.id(mute)]
        )
    }

    /// Brings a mute into force with the event that tells of it; the last statement before COMMIT.
    static func begin(_ mute: LiveMute, _ notice: Notice) -> Statement {
        Statement(
            """
            UPDATE placeguard.mute SET until = $12, begins = placeguard.log_notice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            WHERE id = $3
            """,
            notice.parameters + [.moment(mute.until)]
        )
    }

    /// Ends it likewise.
    static func end(_ notice: Notice) -> Statement {
        Statement(
            """
            UPDATE placeguard.mute SET ends = placeguard.log_notice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            WHERE id = $3
            """,
            notice.parameters
        )
    }
}

/// The words of a mute's terms by kind.
struct MuteWords: Sendable, Hashable {
    var areas: [String] = []
    var locations: [String] = []
    var categories: [String] = []
    var kinds: [String] = []
    var bands: [String] = []
    var urgencies: [String] = []
    var sources: [String] = []
    var excluded: [String] = []
    /// Longitude, latitude and metres in turn.
    var near: [Double] = []
    var excludedNear: [Double] = []

    init(_ terms: FeedFilter) {
        for term in terms.inclusions {
            switch term {
            case .area(let code): areas.append(FeedTags.area(code))
            case .location(let location): locations.append(FeedTags.location(location))
            case .category(let category): categories.append(FeedTags.category(category))
            case .kind(let type): kinds.append(FeedTags.kind(type))
            case .bandAtLeast(let floor):
                bands += Band.allCases.filter { $0.isAtLeast(floor) }.map(FeedTags.band)
            case .urgencyAtLeast(let floor): urgencies += Urgency.allCases.filter { $0 >= floor }.map(FeedTags.urgency)
            case .source(let kind): sources.append(FeedTags.source(kind))
            case .near: break
            }
        }
        let parameters = FeedFilterParameters(terms)
        near = parameters.inclusions.circles
        excluded = parameters.exclusions.tags
        excludedNear = parameters.exclusions.circles
    }
}

/// One event that is about no alert, as `log_notice` takes it.
struct Notice: Sendable {
    var view: View
    /// What the event's alert word spells; nobody can SHOW it.
    var id: UniqueID
    var rev: Int32
    var at: Moment
    var type: EventType
    var location: LocationID?
    var areas: [String] = []
    /// The only subject that may see it; nil = all.
    var audience: String?
    var body: String

    var parameters: [PostgresValue] {
        // What is meant for one reader is no matter of where it is filed, so that no filter by areas leaves it out.
        var filed = areas.isEmpty || audience != nil ? [FeedTags.everywhere] : areas.map(FeedTags.area)
        filed += [FeedTags.kind(type), FeedTags.urgency(.low)]
        if let location { filed.append(FeedTags.location(location)) }
        return [
            .name(view), .int64(EpochGuard.margin), .uuid(PostgresUUID(id)), .int32(rev), .moment(at), .name(type),
            .id(location), .texts(areas), .texts(filed), .text(audience), .text(body),
        ]
    }
}
