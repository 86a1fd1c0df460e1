-- What concerns one reader of the log: mutes, exercises, and watches that can find nothing any more.

-- The last position before the epoch: what a reader has seen beyond it was lost with the server that gave it.
ALTER TABLE feed_counter ADD COLUMN base bigint NOT NULL DEFAULT 0;

-- A wish not to be sent certain events for a while. It takes two steps: asked for, then confirmed. Whether an event is
-- withheld depends on its position alone, so that a replay withholds the same ones.
CREATE TABLE mute (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    view text NOT NULL CHECK (view IN ('open', 'full')),
    -- The subject that asked for it, with what limits its sight.
    by text NOT NULL,
    agency text NOT NULL,
    person text,
    reader_areas text[] NOT NULL,
    -- Whom it spares; null = every reader of the view, which is about one place.
    audience text,
    location uuid REFERENCES location,
    -- The terms as written, and the words that they stand for: those of one kind are alternatives, all kinds must match.
    terms text NOT NULL,
    areas text[] NOT NULL,
    locations text[] NOT NULL,
    categories text[] NOT NULL,
    kinds text[] NOT NULL,
    bands text[] NOT NULL,
    urgencies text[] NOT NULL,
    sources text[] NOT NULL,
    excluded text[] NOT NULL,
    -- Circles: longitude, latitude and metres in turn.
    near float8[] NOT NULL CHECK (cardinality(near) % 3 = 0),
    excluded_near float8[] NOT NULL CHECK (cardinality(excluded_near) % 3 = 0),
    reason text NOT NULL CHECK (char_length(reason) >= 10 AND octet_length(reason) <= 1024),
    seconds integer NOT NULL CHECK (seconds BETWEEN 60 AND 259200),
    asked timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz,
    -- Positions of `muted` and `unmuted`.
    begins bigint,
    ends bigint,
    CHECK (cardinality(areas) + cardinality(locations) + cardinality(near) > 0),
    CHECK ((audience IS NULL) = (location IS NOT NULL)),
    CHECK (audience IS NULL OR audience = by),
    CHECK ((until IS NULL) = (begins IS NULL)),
    CHECK (ends IS NULL OR ends > begins)
);
CREATE INDEX mute_reader ON mute (view, audience) WHERE begins IS NOT NULL;
CREATE INDEX mute_until ON mute (until) WHERE begins IS NOT NULL AND ends IS NULL;
CREATE INDEX mute_by ON mute (by, asked);

-- Whether a point lies in one of the circles.
CREATE FUNCTION is_near(place geometry, circles float8[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = placeguard, public, pg_temp AS $$
    SELECT coalesce(bool_or(ST_DistanceSphere(place, ST_SetSRID(ST_MakePoint(circles[n], circles[n + 1]), 4326))
        <= circles[n + 2]), false)
    FROM generate_series(1, cardinality(circles), 3) AS n
$$;

-- Whether a mute withholds what has these properties. Never what cannot wait, what nobody has claimed in time, what has no
-- place, and places without a band.
CREATE FUNCTION withholds(m mute, type text, urgency text, location uuid, tags text[], place geometry) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT urgency <> 'immediate' AND type <> 'escalated' AND location IS NOT NULL
        AND type NOT IN ('muted', 'unmuted', 'watch-ended', 'exercise', 'digest') AND NOT 'band:unrated' = ANY (tags)
        AND (cardinality(m.areas) = 0 OR tags && m.areas)
        AND (cardinality(m.locations) = 0 OR tags && m.locations)
        AND (cardinality(m.categories) = 0 OR tags && m.categories)
        AND (cardinality(m.kinds) = 0 OR tags && m.kinds)
        AND (cardinality(m.bands) = 0 OR tags && m.bands)
        AND (cardinality(m.urgencies) = 0 OR tags && m.urgencies)
        AND (cardinality(m.sources) = 0 OR tags && m.sources)
        AND NOT tags && m.excluded
        AND (cardinality(m.near) = 0 OR placeguard.is_near(place, m.near))
        AND NOT (cardinality(m.excluded_near) > 0 AND placeguard.is_near(place, m.excluded_near))
$$;

-- When a subject was last sent an exercise, in each view; the one before is what it must have acknowledged by now.
CREATE TABLE exercise (
    subject text NOT NULL,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    at timestamptz NOT NULL,
    -- Null: the first is still to come.
    seq bigint,
    before bigint,
    PRIMARY KEY (subject, view)
) WITH (fillfactor = 50);

-- Up to when a subject has been told, in each view, of what was of low urgency.
CREATE TABLE digest (
    subject text NOT NULL,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    until timestamptz NOT NULL,
    PRIMARY KEY (subject, view)
) WITH (fillfactor = 50);

-- Terms of subscriptions that cannot match any more and of which that has been told.
CREATE TABLE watch_end (
    subject text NOT NULL,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    name text NOT NULL,
    term text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject, view, name, term)
);

-- Where a view's log stands. On a server of another lineage than the numbers were given on, the new epoch begins here, `margin`
-- beyond all that can have been given: before anybody is told a position that might be given a second time.
CREATE FUNCTION log_position(log_view text, margin bigint)
RETURNS TABLE (epoch text, seq bigint, floor bigint, base bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    UPDATE feed_counter c
    SET base = c.seq, seq = c.seq + margin, epoch = new_epoch(), lineage = log_lineage()
    WHERE c.view = log_view AND c.lineage <> log_lineage();
    RETURN QUERY SELECT c.epoch, c.seq, c.floor, c.base FROM feed_counter c WHERE c.view = log_view;
END $$;
REVOKE EXECUTE ON FUNCTION log_position(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_position(text, bigint) TO placeguard_feed;

-- Numbers and logs one event that is about no alert; answers its position. To be called by the last statement before COMMIT:
-- it holds the view's counter as every publication does, under the lineage that the number belongs to.
CREATE FUNCTION log_notice(
    log_view text, margin bigint, notice uuid, revision integer, moment timestamptz, event_type text, about uuid,
    about_areas text[], filed text[], reader text, content text
) RETURNS bigint LANGUAGE sql VOLATILE SET search_path = placeguard, public, pg_temp AS $$
    WITH current AS MATERIALIZED (
        SELECT log_lineage() AS lineage
    ), counted AS (
        UPDATE feed_counter c
        SET seq = c.seq + CASE WHEN c.lineage <> current.lineage THEN margin ELSE 0 END + 1,
            epoch = CASE WHEN c.lineage <> current.lineage THEN new_epoch() ELSE c.epoch END,
            base = CASE WHEN c.lineage <> current.lineage THEN c.seq ELSE c.base END,
            lineage = current.lineage
        FROM current WHERE c.view = log_view
        RETURNING c.seq
    )
    INSERT INTO feed (view, seq, alert, rev, at, type, cause, urgency, location, areas, everywhere, tags, audience, body)
    SELECT log_view, counted.seq, notice, revision, moment, event_type, 'notice', 'low', about, about_areas,
        cardinality(about_areas) = 0, filed, reader, content
    FROM counted
    RETURNING seq
$$;

-- Certificates with which a reader may log in instead of with the token's secret: the SHA-256 of each.
CREATE TABLE token_certificate (
    fingerprint bytea PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
    token text NOT NULL REFERENCES token,
    added timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by text NOT NULL
);
GRANT SELECT ON token_certificate TO placeguard_feed;
GRANT SELECT, INSERT ON token_certificate TO placeguard_admin;

ALTER TABLE mute ENABLE ROW LEVEL SECURITY;
CREATE POLICY mute_read ON mute FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY mute_add ON mute FOR INSERT WITH CHECK (true);
CREATE POLICY mute_change ON mute FOR UPDATE
    USING (view = ANY ((SELECT readable_views())::text[])) WITH CHECK (true);
CREATE POLICY mute_forget ON mute FOR DELETE USING (view = ANY ((SELECT readable_views())::text[]));

REVOKE EXECUTE ON FUNCTION log_notice FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_notice TO placeguard_assessor;

-- Whoever numbers events keeps them; the feed withholds by them.
GRANT SELECT, INSERT, DELETE ON mute TO placeguard_assessor;
GRANT UPDATE (until, begins, ends) ON mute TO placeguard_assessor;
GRANT SELECT ON mute TO placeguard_feed;
GRANT SELECT, INSERT, UPDATE, DELETE ON exercise, digest, watch_end TO placeguard_assessor;
GRANT SELECT ON feed_cursor TO placeguard_assessor;
GRANT SELECT ON exercise TO placeguard_feed, placeguard_admin;
