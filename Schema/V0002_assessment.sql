-- What is concluded from the evidence: templates, what people record about a place, assessments, alerts, the feed log.
-- Everything computed exists once per view (design.md "A score must not leak"): the key is always (subject, view).

-- 1. Templates ------------------------------------------------------------------------------------------------------

CREATE TABLE template (
    id text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
    version integer NOT NULL CHECK (version > 0),
    -- The file, byte for byte; a recorded version never changes.
    source text NOT NULL,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    title text NOT NULL,
    -- Shown on every output where the template is a demonstration.
    notice text,
    marking text NOT NULL,
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    recorded_by text NOT NULL,
    activated_at timestamptz,
    activated_by text,
    active boolean NOT NULL DEFAULT false,
    PRIMARY KEY (id, version),
    CHECK (NOT active OR (activated_at IS NOT NULL AND activated_by IS NOT NULL))
);
CREATE UNIQUE INDEX template_one_active ON template (active) WHERE active;

-- What SQL has to know of a template: which codes there are and what they are called. The weights stay in the file.
CREATE TABLE template_code (
    template_id text NOT NULL,
    template_version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sign', 'category', 'control')),
    code text NOT NULL,
    label text NOT NULL,
    severity smallint CHECK (severity BETWEEN 0 AND 5),
    structural boolean NOT NULL DEFAULT false,
    PRIMARY KEY (template_id, template_version, kind, code),
    FOREIGN KEY (template_id, template_version) REFERENCES template (id, version),
    CHECK ((kind = 'sign') = (severity IS NOT NULL))
);

-- 2. What people record about a place --------------------------------------------------------------------------------
-- Append-only. `at` is when it was so, `recorded` the server's time of entry; a moment after `recorded` is refused.

CREATE TABLE control_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    code text NOT NULL,
    state text NOT NULL CHECK (state IN ('claimed', 'evidenced', 'verified', 'failed', 'lapsed')),
    at timestamptz NOT NULL,
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    actor text NOT NULL,
    note text,
    CHECK (at <= recorded)
);
CREATE INDEX control_event_location ON control_event (location, code, at, id);

CREATE TABLE inspection (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    -- The structural sign that was found gone.
    sign text NOT NULL,
    at timestamptz NOT NULL,
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    actor text NOT NULL,
    CHECK (at <= recorded)
);
CREATE INDEX inspection_location ON inspection (location);

CREATE TABLE judgement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    -- What its author read: an open judgement enters both views, a full one only `full`.
    view text NOT NULL CHECK (view IN ('open', 'full')),
    band text NOT NULL CHECK (band IN ('green', 'amber', 'amber-plus', 'red')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    at timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    until timestamptz NOT NULL,
    actor text NOT NULL,
    CHECK (at <= recorded AND until > at)
);
CREATE INDEX judgement_location ON judgement (location);

-- The latest row of a location is in force.
CREATE TABLE lado_release (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    released boolean NOT NULL,
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    actor text NOT NULL
);
CREATE INDEX lado_release_location ON lado_release (location, id);

CREATE TABLE meeting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL UNIQUE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    actor text NOT NULL
);

-- Bank holidays of England: working time of review periods and time to claim. Data, to be continued year by year.
CREATE TABLE holiday (
    day date PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO holiday (day, name) VALUES
    ('2024-01-01', 'New Year''s Day'), ('2024-03-29', 'Good Friday'), ('2024-04-01', 'Easter Monday'),
    ('2024-05-06', 'Early May bank holiday'), ('2024-05-27', 'Spring bank holiday'),
    ('2024-08-26', 'Summer bank holiday'), ('2024-12-25', 'Christmas Day'), ('2024-12-26', 'Boxing Day'),
    ('2025-01-01', 'New Year''s Day'), ('2025-04-18', 'Good Friday'), ('2025-04-21', 'Easter Monday'),
    ('2025-05-05', 'Early May bank holiday'), ('2025-05-26', 'Spring bank holiday'),
    ('2025-08-25', 'Summer bank holiday'), ('2025-12-25', 'Christmas Day'), ('2025-12-26', 'Boxing Day'),
    ('2026-01-01', 'New Year''s Day'), ('2026-04-03', 'Good Friday'), ('2026-04-06', 'Easter Monday'),
    ('2026-05-04', 'Early May bank holiday'), ('2026-05-25', 'Spring bank holiday'),
    ('2026-08-31', 'Summer bank holiday'), ('2026-12-25', 'Christmas Day'), ('2026-12-28', 'Boxing Day (substitute)'),
    ('2027-01-01', 'New Year''s Day'), ('2027-03-26', 'Good Friday'), ('2027-03-29', 'Easter Monday'),
    ('2027-05-03', 'Early May bank holiday'), ('2027-05-31', 'Spring bank holiday'),
    ('2027-08-30', 'Summer bank holiday'), ('2027-12-27', 'Christmas Day (substitute)'),
    ('2027-12-28', 'Boxing Day (substitute)'),
    ('2028-01-03', 'New Year''s Day (substitute)'), ('2028-04-14', 'Good Friday'), ('2028-04-17', 'Easter Monday'),
    ('2028-05-01', 'Early May bank holiday'), ('2028-05-29', 'Spring bank holiday'),
    ('2028-08-28', 'Summer bank holiday'), ('2028-12-25', 'Christmas Day'), ('2028-12-26', 'Boxing Day');

-- 3. Assessments -----------------------------------------------------------------------------------------------------

-- One row each time an output changed; never updated.
CREATE TABLE assessment (
    id uuid PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    view text NOT NULL CHECK (view IN ('open', 'full')),
    at timestamptz NOT NULL,
    template_id text NOT NULL,
    template_version integer NOT NULL,
    -- Units of 10^-10 points.
    points bigint NOT NULL,
    likelihood smallint NOT NULL CHECK (likelihood BETWEEN 1 AND 5),
    severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
    inherent smallint NOT NULL,
    -- Hundredths.
    control_credit integer NOT NULL,
    residual_likelihood smallint NOT NULL,
    residual smallint NOT NULL,
    -- The machine's, and with the human judgement in force at that moment.
    band text NOT NULL CHECK (band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    effective_band text NOT NULL CHECK (effective_band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    trend text NOT NULL CHECK (trend IN ('quiet', 'new', 'rising', 'falling', 'steady')),
    confidence text NOT NULL CHECK (confidence IN ('low', 'medium', 'high')),
    marks text[] NOT NULL,
    -- Heaviest first; signs known from police-intel or lado items only are left out, and that there are any is told.
    signs text[] NOT NULL,
    restricted_items boolean NOT NULL,
    -- The strictest of the items in the window.
    handling text NOT NULL CHECK (handling IN ('P', 'C')),
    events integer NOT NULL,
    in_window integer NOT NULL,
    lifted integer NOT NULL,
    reports integer NOT NULL,
    agencies integer NOT NULL,
    -- Distinct reports by kind of agency: two arrays of one length.
    kinds text[] NOT NULL,
    kind_reports integer[] NOT NULL,
    severity_four boolean NOT NULL,
    next_change timestamptz,
    -- The item versions it read, the latest `received` among them, and among the open ones of them.
    items bigint[] NOT NULL,
    latest_received timestamptz,
    latest_received_open timestamptz,
    -- Every line of the sum (scoring.md section 9).
    explanation jsonb NOT NULL,
    CHECK (cardinality(kinds) = cardinality(kind_reports)),
    FOREIGN KEY (template_id, template_version) REFERENCES template (id, version)
);
-- Explanations are long, and LZ4 takes a third of the time of PostgreSQL's own compression; a server built without it keeps
-- the latter.
DO $$ BEGIN
    ALTER TABLE assessment ALTER COLUMN explanation SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'no LZ4 here: explanations are compressed with pglz';
END $$;
CREATE INDEX assessment_as_of ON assessment (location, view, at DESC, id DESC);

-- From when on nothing was left to assess at a place (everything withdrawn), until its next assessment.
CREATE TABLE assessment_end (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    at timestamptz NOT NULL
);
CREATE INDEX assessment_end_location ON assessment_end (location, view, at);

-- A review of a place, one row per view that it settles: a full review read everything and counts in both views, an open
-- one only in `open`, so that nobody settles what they could not see.
CREATE TABLE review (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location uuid NOT NULL REFERENCES location (id),
    view text NOT NULL CHECK (view IN ('open', 'full')),
    -- The assessment it was made on.
    assessment uuid NOT NULL REFERENCES assessment (id),
    -- The latest `received` among that assessment's items of this view.
    at timestamptz NOT NULL,
    recorded timestamptz NOT NULL DEFAULT date_trunc('second', clock_timestamp()),
    outcome text NOT NULL CHECK (length(outcome) BETWEEN 1 AND 2000),
    closes boolean NOT NULL,
    displaced text CHECK (displaced IN ('yes', 'no', 'unknown')),
    actor text NOT NULL,
    CHECK (at <= recorded),
    CHECK (NOT closes OR displaced IS NOT NULL)
);
CREATE INDEX review_location ON review (location, view);

-- What was last published and the decision's memory, with the latest assessment beside it for ranked lists. Only the
-- assessor writes here; the row of view `open` is the lock of its location.
CREATE TABLE location_state (
    location uuid NOT NULL REFERENCES location (id),
    view text NOT NULL CHECK (view IN ('open', 'full')),
    published_band text CHECK (published_band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    published_severity_four boolean NOT NULL DEFAULT false,
    published_at timestamptz,
    down_since timestamptz,
    review_due timestamptz,
    overdue_announced timestamptz,
    answered_review timestamptz,
    announced_band text CHECK (announced_band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    held_since timestamptz,
    -- The latest assessment; null before the first and once nothing is left to assess.
    assessment uuid REFERENCES assessment (id),
    -- SHA-256 of its outputs: an assessment is stored when this differs.
    outputs bytea,
    assessed_at timestamptz,
    band text CHECK (band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    effective_band text CHECK (effective_band IN ('green', 'amber', 'amber-plus', 'red', 'unrated')),
    -- Order in lists: unrated 5, red 4 ... green 1.
    list_order smallint,
    residual smallint,
    points bigint,
    -- Rows of view `open` only: the bands of the two views differ, and whether only `lado` items can be why.
    differs boolean NOT NULL DEFAULT false,
    differs_by_lado boolean NOT NULL DEFAULT false,
    PRIMARY KEY (location, view)
) WITH (fillfactor = 70);
CREATE INDEX location_state_rank ON location_state (view, list_order DESC, residual DESC, points DESC, location)
    WHERE assessment IS NOT NULL;

-- 4. Alerts and the feed log -----------------------------------------------------------------------------------------

-- One alert in one view, from opening to closing, with its last event: LIST and SHOW read this, not the log.
CREATE TABLE alert (
    id uuid PRIMARY KEY,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    cause text NOT NULL CHECK (cause IN ('risk', 'review', 'cluster', 'unlocated', 'back-file')),
    -- What it is about: exactly one of the three.
    location uuid REFERENCES location,
    report uuid REFERENCES report,
    run bigint REFERENCES import_run,
    is_open boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    -- The alert that this one continues: that of the report before it was located.
    earlier uuid REFERENCES alert,
    -- The last event, as in the log.
    seq bigint NOT NULL,
    rev integer NOT NULL CHECK (rev > 0),
    at timestamptz NOT NULL,
    type text NOT NULL,
    urgency text NOT NULL CHECK (urgency IN ('low', 'normal', 'high', 'immediate')),
    areas text[] NOT NULL,
    everywhere boolean NOT NULL,
    tags text[] NOT NULL,
    position geometry(Point, 4326),
    audience text,
    body text NOT NULL,
    CHECK (num_nonnulls(location, report, run) = 1),
    CHECK (is_open = (closed_at IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX alert_one_open ON alert (location, cause, view) WHERE is_open AND location IS NOT NULL;
CREATE UNIQUE INDEX alert_one_open_unlocated ON alert (report, cause, view) WHERE is_open AND report IS NOT NULL;
CREATE INDEX alert_open ON alert (view, id) WHERE is_open;
CREATE INDEX alert_location ON alert (location, view) WHERE location IS NOT NULL;
CREATE INDEX alert_report ON alert (report) WHERE report IS NOT NULL;

-- A new epoch's random name.
CREATE FUNCTION new_epoch() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT substr(encode(uuid_send(gen_random_uuid()), 'hex'), 1, 12)
$$;

-- Whose numbers these are: server, timeline and database. Differs after a promotion and in a restored copy.
CREATE FUNCTION log_lineage() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT s.system_identifier || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.' || d.oid
    FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()
$$;

-- One row a view: whoever updates it holds the log until COMMIT, so that number order is commit order without holes.
CREATE TABLE feed_counter (
    view text PRIMARY KEY CHECK (view IN ('open', 'full')),
    -- Random; replaced when positions given before may be given again for other events.
    epoch text NOT NULL,
    seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    -- The first position still kept.
    floor bigint NOT NULL DEFAULT 1 CHECK (floor >= 1),
    -- Server, timeline and database that the epoch belongs to; null until a daemon has looked.
    lineage text
) WITH (fillfactor = 10);
INSERT INTO feed_counter (view, epoch)
SELECT view, new_epoch() FROM unnest(ARRAY['open', 'full']) AS view;

-- The log, insert-only. `tags` are the words under which an event is filed, one for each thing a filter term can name
-- (area: category: location: kind: band: urgency: source: everywhere), so that every filter is a comparison of two
-- arrays. In the open view a restricted place has no location word and its position is the middle of its cell.
CREATE TABLE feed (
    view text NOT NULL,
    seq bigint NOT NULL,
    alert uuid NOT NULL,
    rev integer NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    cause text NOT NULL,
    urgency text NOT NULL,
    location uuid,
    areas text[] NOT NULL,
    -- Whoever is limited to areas sees it all the same: unlocated reports, and what has no area.
    everywhere boolean NOT NULL,
    tags text[] NOT NULL,
    position geometry(Point, 4326),
    -- The only subject that may see it; null = all.
    audience text,
    -- One JSON object, one line.
    body text NOT NULL,
    PRIMARY KEY (view, seq)
) PARTITION BY LIST (view);
CREATE TABLE feed_open PARTITION OF feed FOR VALUES IN ('open') PARTITION BY RANGE (seq);
CREATE TABLE feed_full PARTITION OF feed FOR VALUES IN ('full') PARTITION BY RANGE (seq);
CREATE TABLE feed_open_default PARTITION OF feed_open DEFAULT;
CREATE TABLE feed_full_default PARTITION OF feed_full DEFAULT;
CREATE INDEX feed_alert ON feed (alert, seq);

-- A million events a partition: about a gigabyte, and years of a busy partnership.
CREATE FUNCTION make_feed_partition(view text, number integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = placeguard, public, pg_temp AS $$
DECLARE
    partition_name text := format('feed_%s_%s', view, number);
    first bigint := number * 1000000::bigint;
    next bigint := (number + 1) * 1000000::bigint;
BEGIN
    IF to_regclass(format('placeguard.%I', partition_name)) IS NOT NULL
        OR EXISTS (SELECT FROM feed f
            WHERE f.view = make_feed_partition.view AND f.seq >= first AND f.seq < next)
    THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE placeguard.%I PARTITION OF placeguard.%I FOR VALUES FROM (%s) TO (%s)',
        partition_name, 'feed_' || view, first, next);
    RETURN true;
END $$;
SELECT make_feed_partition(view, number) FROM unnest(ARRAY['open', 'full']) AS view, generate_series(0, 3) AS number;

-- How far each subject's named subscription has acknowledged. Keyed on the person, so that tokens may rotate.
CREATE TABLE feed_cursor (
    subject text NOT NULL,
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9._-]{1,32}$'),
    view text NOT NULL CHECK (view IN ('open', 'full')),
    -- Rises with each SUB: an older connection's acknowledgement is refused.
    generation bigint NOT NULL,
    epoch text NOT NULL,
    acked bigint NOT NULL,
    sent bigint NOT NULL,
    filter text NOT NULL,
    last_end text,
    last_seen timestamptz NOT NULL,
    -- When SUB was last given: tells in which view the name was read last.
    subscribed timestamptz NOT NULL,
    PRIMARY KEY (subject, name, view)
) WITH (fillfactor = 20);

-- 5. What V0001 needs besides ----------------------------------------------------------------------------------------

-- A rescoring under a new template is a run without an agency and without a file: same due rows, same summary.
ALTER TABLE import_run
    ADD COLUMN kind text NOT NULL DEFAULT 'import' CHECK (kind IN ('import', 'rescoring')),
    ALTER COLUMN agency DROP NOT NULL,
    ADD CHECK (agency IS NOT NULL OR kind = 'rescoring');

-- The considered marks of a version's end (withdrawn or corrected away), like those of its beginning: null = new.
ALTER TABLE item ADD COLUMN end_considered_open timestamptz, ADD COLUMN end_considered_full timestamptz;

-- 6. What a reader may see of places ---------------------------------------------------------------------------------
-- Plain SQL functions, so that they are planned as part of the statement that calls them. Both state the same
-- conditions: the reader's view, the areas of the token, places its agency or person is linked to, then what is asked for.

-- Order in lists: unrated above red.
CREATE FUNCTION band_order(band text) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE band WHEN 'green' THEN 1 WHEN 'amber' THEN 2 WHEN 'amber-plus' THEN 3 WHEN 'red' THEN 4 ELSE 5 END::smallint
$$;

-- Assessed places as they stand now.
CREATE FUNCTION places_now(
    reader_view text, reader_areas text[], reader_agency text, reader_person text, area text, wanted_category text,
    least_order smallint
) RETURNS TABLE (location uuid, assessment uuid, list_order smallint, residual smallint, points bigint, band text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.location, s.assessment, s.list_order, s.residual, s.points, s.effective_band
    FROM placeguard.location_state s JOIN placeguard.location l ON l.id = s.location
    WHERE s.view = reader_view AND s.assessment IS NOT NULL AND l.merged_into IS NULL
        AND (cardinality(reader_areas) = 0 OR cardinality(l.areas) = 0 OR l.areas && reader_areas)
        AND NOT s.location = ANY (ARRAY(
            SELECT k.location FROM placeguard.link k WHERE k.agency = reader_agency OR k.person = reader_person))
        AND (area IS NULL OR area = ANY (l.areas))
        AND (wanted_category IS NULL OR l.category = wanted_category)
        AND s.list_order >= least_order
$$;

-- Assessed places as they stood at a moment.
CREATE FUNCTION places_at(
    moment timestamptz, reader_view text, reader_areas text[], reader_agency text, reader_person text, area text,
    wanted_category text, least_order smallint
) RETURNS TABLE (location uuid, assessment uuid, list_order smallint, residual smallint, points bigint, band text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.location, a.id, placeguard.band_order(a.effective_band), a.residual, a.points, a.effective_band
    FROM placeguard.location_state s JOIN placeguard.location l ON l.id = s.location
    CROSS JOIN LATERAL (
        SELECT p.id, p.at, p.residual, p.points, p.effective_band FROM placeguard.assessment p
        WHERE p.location = s.location AND p.view = s.view AND p.at <= moment
        ORDER BY p.at DESC, p.id DESC LIMIT 1
    ) AS a
    WHERE s.view = reader_view AND l.merged_into IS NULL
        AND (cardinality(reader_areas) = 0 OR cardinality(l.areas) = 0 OR l.areas && reader_areas)
        AND NOT s.location = ANY (ARRAY(
            SELECT k.location FROM placeguard.link k WHERE k.agency = reader_agency OR k.person = reader_person))
        AND (area IS NULL OR area = ANY (l.areas))
        AND (wanted_category IS NULL OR l.category = wanted_category)
        AND placeguard.band_order(a.effective_band) >= least_order
        AND NOT EXISTS (
            SELECT FROM placeguard.assessment_end e
            WHERE e.location = s.location AND e.view = s.view AND e.at >= a.at AND e.at <= moment)
$$;

-- 7. Append-only, whoever writes -------------------------------------------------------------------------------------

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON assessment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON review FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON control_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON inspection FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON judgement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON lado_release FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON feed FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON template_code FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON template FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Of a template only the activation moves.
CREATE FUNCTION refuse_template_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.version, NEW.source, NEW.sha256, NEW.title, NEW.notice, NEW.marking, NEW.recorded, NEW.recorded_by)
        IS DISTINCT FROM
        (OLD.id, OLD.version, OLD.source, OLD.sha256, OLD.title, OLD.notice, OLD.marking, OLD.recorded, OLD.recorded_by)
    THEN
        RAISE EXCEPTION 'a recorded template does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE ON template FOR EACH ROW EXECUTE FUNCTION refuse_template_change();

-- 8. Who may do what --------------------------------------------------------------------------------------------------

-- The views that the reading transaction may see, from the setting placeguard.view; unset reads nothing.
CREATE FUNCTION readable_views() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE current_setting('placeguard.view', true)
        WHEN 'open' THEN ARRAY['open']
        WHEN 'full' THEN ARRAY['open', 'full']
        ELSE ARRAY[]::text[]
    END
$$;

ALTER TABLE assessment ENABLE ROW LEVEL SECURITY;
ALTER TABLE assessment_end ENABLE ROW LEVEL SECURITY;
ALTER TABLE location_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE judgement ENABLE ROW LEVEL SECURITY;
ALTER TABLE review ENABLE ROW LEVEL SECURITY;

CREATE POLICY assessment_read ON assessment FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY assessment_add ON assessment FOR INSERT WITH CHECK (true);

CREATE POLICY assessment_end_read ON assessment_end FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY assessment_end_add ON assessment_end FOR INSERT WITH CHECK (true);

CREATE POLICY location_state_read ON location_state FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY location_state_add ON location_state FOR INSERT WITH CHECK (true);
CREATE POLICY location_state_change ON location_state FOR UPDATE
    USING (view = ANY ((SELECT readable_views())::text[])) WITH CHECK (true);

CREATE POLICY alert_read ON alert FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY alert_add ON alert FOR INSERT WITH CHECK (true);
CREATE POLICY alert_change ON alert FOR UPDATE
    USING (view = ANY ((SELECT readable_views())::text[])) WITH CHECK (true);

CREATE POLICY feed_read ON feed FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY feed_add ON feed FOR INSERT WITH CHECK (true);

CREATE POLICY judgement_read ON judgement FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY judgement_add ON judgement FOR INSERT WITH CHECK (true);

CREATE POLICY review_read ON review FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY review_add ON review FOR INSERT WITH CHECK (true);

REVOKE EXECUTE ON FUNCTION make_feed_partition FROM PUBLIC;

-- The assessor concludes and publishes; nobody else writes assessments, alerts or the log.
GRANT SELECT, INSERT ON assessment, assessment_end, feed TO placeguard_assessor;
GRANT SELECT, INSERT, UPDATE ON location_state, alert TO placeguard_assessor;
GRANT SELECT, UPDATE ON feed_counter TO placeguard_assessor;
GRANT SELECT ON control_event, inspection, judgement, review, lado_release, meeting, holiday, template, template_code
    TO placeguard_assessor;
GRANT SELECT (position) ON location TO placeguard_assessor;
GRANT UPDATE (end_considered_open, end_considered_full) ON item TO placeguard_assessor;

-- The feed reads the log and keeps cursors: no evidence, no explanation.
GRANT SELECT ON feed, feed_counter, alert TO placeguard_feed;
GRANT SELECT, INSERT, UPDATE, DELETE ON feed_cursor TO placeguard_feed;

-- Briefings read what was concluded.
GRANT SELECT ON assessment, assessment_end, location_state, alert, judgement, review, inspection, control_event,
    lado_release, meeting, holiday, template, template_code TO placeguard_briefing;
GRANT SELECT (view, seq, alert, rev, at, urgency) ON feed TO placeguard_briefing;

-- Intake checks signs against the template in force, and tells an agency whether its report was assessed and reviewed.
GRANT SELECT ON template, template_code TO placeguard_intake;
GRANT SELECT (location, view, recorded, outcome) ON review TO placeguard_intake;

-- The administrator does what stewards ask for, keeps templates and the calendar, and moves the epoch.
GRANT SELECT, INSERT ON control_event, inspection, judgement, review, lado_release, meeting, template_code
    TO placeguard_admin;
GRANT SELECT, INSERT, UPDATE (activated_at, activated_by, active) ON template TO placeguard_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON holiday TO placeguard_admin;
GRANT DELETE ON meeting TO placeguard_admin;
GRANT SELECT ON assessment, location_state, alert, feed, feed_cursor TO placeguard_admin;
GRANT SELECT, UPDATE ON feed_counter TO placeguard_admin;
GRANT SELECT ON link TO placeguard_admin;
