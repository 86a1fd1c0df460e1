-- Agencies, people, places, reports, the due list and the audit.
--
-- Runs as placeguard_owner with search_path "placeguard, public"; Deploy/bootstrap.sql has made the roles, PostGIS and
-- the schema. Schema/README.md explains the model with a picture.

-- 1. Identifiers, clearances and other small functions ---------------------------------------------------------------

-- A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. The time is clock_timestamp(), not the
-- transaction's: ids made in a long transaction still sort by when they were made, and the partition of a report is
-- that of the moment at which it was numbered. gen_random_uuid() gives version 4; the two bits set turn 0100 into 0111.
CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
            FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid
$$;

-- The least UUIDv7 of a moment: partition bounds and "received since" are ranges of ids.
CREATE FUNCTION uuid_v7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(
        substring(int8send((extract(epoch FROM moment) * 1000)::bigint) FROM 3) || '\x70008000000000000000'::bytea,
        'hex')::uuid
$$;

-- The compartments that the reading transaction may see, from two settings made with set_config(..., true):
-- placeguard.view ('open' or 'full') and placeguard.clearances ('police', 'lado', separated by commas).
-- Unset reads nothing. Policies call it as a sub-select, so it runs once for a statement and not once for a row.
CREATE FUNCTION readable_compartments() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE current_setting('placeguard.view', true)
        WHEN 'open' THEN ARRAY['open-partner']
        WHEN 'full' THEN ARRAY['open-partner', 'statutory-only'] || ARRAY(
            SELECT CASE clearance WHEN 'police' THEN 'police-intel' ELSE 'lado' END
            FROM unnest(string_to_array(current_setting('placeguard.clearances', true), ',')) AS clearance
            WHERE clearance IN ('police', 'lado'))
        ELSE ARRAY[]::text[]
    END
$$;

-- Whether the reading transaction reads the full view.
CREATE FUNCTION reads_full_view() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('placeguard.view', true) IS NOT DISTINCT FROM 'full'
$$;

-- A name as it is compared: decomposed, without accents, lower case, "&" as "and", punctuation as space, apostrophes
-- dropped. Letters of other scripts stay. Null where nothing is left, so that it never matches anything.
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT nullif(btrim(regexp_replace(
        regexp_replace(
            replace(lower(normalize(name, NFKD) COLLATE "C"), '&', ' and '),
            U&'[\0300-\036F''`\2018\2019\02BC]' COLLATE "C", '', 'g'),
        U&'[\0001-\002F\003A-\0040\005B-\0060\007B-\00A0\2000-\206F]+' COLLATE "C", ' ', 'g')), '')
$$;

-- The categories whose name and position are withheld without clearance (Safeguarding.LocationCategory.isRestricted).
CREATE FUNCTION is_restricted_category(category text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT category IN ('care-setting-vicinity', 'residential', 'short-let')
$$;

-- The British National Grid square of one kilometre that a position lies in, as east * 10000 + north; null outside.
CREATE FUNCTION grid_cell(place geometry) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN ST_X(place) BETWEEN -9 AND 2.5 AND ST_Y(place) BETWEEN 49 AND 61.5
        THEN (SELECT floor(ST_X(metres) / 1000)::integer * 10000 + floor(ST_Y(metres) / 1000)::integer
              FROM ST_Transform(place, 27700) AS metres)
    END
$$;

-- The middle of a cell, in WGS84.
CREATE FUNCTION grid_cell_centre(cell integer) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT ST_Transform(
        ST_SetSRID(ST_MakePoint((cell / 10000) * 1000 + 500, (cell % 10000) * 1000 + 500), 27700), 4326)
$$;

-- 2. Partners -------------------------------------------------------------------------------------------------------

CREATE TABLE agency (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('licensing', 'taxi-operator', 'cctv', 'childrens-services', 'police', 'health',
        'education', 'trading-standards', 'housing', 'transport', 'community', 'business')),
    -- The information-sharing agreement: its reference and the last moment at which it holds.
    agreement text NOT NULL CHECK (agreement <> ''),
    agreement_until timestamptz NOT NULL,
    lawful_basis text NOT NULL CHECK (lawful_basis IN ('public-task', 'legal-obligation',
        'recognised-legitimate-interest', 'legitimate-interest', 'vital-interests')),
    can_grade boolean NOT NULL DEFAULT false,
    -- Area codes; empty means every area.
    areas text[] NOT NULL DEFAULT '{}',
    suspended_at timestamptz,
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE person (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9.-]{0,31}$'),
    agency text NOT NULL REFERENCES agency,
    name text NOT NULL CHECK (name <> ''),
    email text,
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE token (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{4,32}$'),
    -- SHA-256 of a secret of 256 random bits; the secret itself is shown once and kept nowhere.
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    role text NOT NULL CHECK (role IN ('reporter', 'coordinator', 'meeting', 'steward')),
    agency text NOT NULL REFERENCES agency,
    person text REFERENCES person,
    clearances text[] NOT NULL DEFAULT '{}' CHECK (clearances <@ ARRAY['statutory', 'police', 'lado']),
    areas text[] NOT NULL DEFAULT '{}',
    issued timestamptz NOT NULL DEFAULT clock_timestamp(),
    issued_by text NOT NULL,
    revoked timestamptz
);
CREATE INDEX token_by_agency ON token (agency);

-- Refused logins: one row a minute, address and claimed id, however many there were.
CREATE TABLE refused_login (
    minute timestamptz NOT NULL,
    address text NOT NULL,
    token_id text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    PRIMARY KEY (minute, address, token_id)
);

-- 3. Geography ------------------------------------------------------------------------------------------------------

CREATE TABLE area (
    code text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    name text NOT NULL,
    kind text NOT NULL,
    boundary geometry(MultiPolygon, 4326) NOT NULL,
    -- Restricted places show only these; a kind that is not listed counts as finer than a ward.
    is_ward_or_larger boolean NOT NULL GENERATED ALWAYS AS (
        kind IN ('ward', 'division', 'district', 'borough', 'county', 'unitary', 'force', 'partnership', 'region')) STORED
);
CREATE INDEX area_boundary ON area USING gist (boundary);

-- The areas a position lies in, by code; ward or larger only for restricted places.
CREATE FUNCTION areas_at(place geometry, restricted boolean) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = placeguard, public, pg_temp AS $$
    SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM area
    WHERE ST_Covers(boundary, place) AND (is_ward_or_larger OR NOT restricted)
$$;

CREATE TABLE postcode (
    -- Canonical form: upper case, one space.
    postcode text PRIMARY KEY,
    position geometry(Point, 4326) NOT NULL
);

-- 4. Places ---------------------------------------------------------------------------------------------------------

CREATE TABLE location (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    category text NOT NULL CHECK (category ~ '^[a-z][a-z-]{1,31}$'),
    is_restricted boolean NOT NULL GENERATED ALWAYS AS (is_restricted_category(category)) STORED,
    -- The name that the open view may know: given by a register or an open-partner item, and not of a restricted
    -- category. Every other name is in location_restricted_name.
    name text CHECK (name IS NULL OR NOT is_restricted_category(category)),
    name_key text GENERATED ALWAYS AS (name_key(name)) STORED,
    address text CHECK (address IS NULL OR NOT is_restricted_category(category)),
    postcode text,
    uprn text,
    -- Scheme and number in the register it was loaded from, such as fhrs:123.
    register text UNIQUE,
    vehicle_plate text,
    vehicle_licensed_by text,
    -- Null for a place nobody could put on the map.
    position geometry(Point, 4326),
    cell integer GENERATED ALWAYS AS (grid_cell(position)) STORED,
    -- Where the open view shows it: the middle of the cell for restricted categories.
    shown_position geometry(Point, 4326) GENERATED ALWAYS AS (
        CASE WHEN is_restricted_category(category) THEN grid_cell_centre(grid_cell(position)) ELSE position END) STORED,
    -- Made from a position in a report: the only kind of place that positions attach to.
    is_point boolean NOT NULL DEFAULT false,
    areas text[] NOT NULL DEFAULT '{}',
    -- Visible in the open view: from a register, or with an open-partner item.
    from_register boolean NOT NULL DEFAULT false,
    has_open_item boolean NOT NULL DEFAULT false,
    -- The surviving place; a merge flattens, so it never points to a place that is merged itself.
    merged_into uuid REFERENCES location CHECK (merged_into <> id),
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((vehicle_plate IS NULL) = (vehicle_licensed_by IS NULL)),
    CHECK (NOT is_point OR position IS NOT NULL)
);
-- Several businesses may share one property: not unique, and matched only where it is one hit.
CREATE INDEX location_uprn ON location (uprn) WHERE uprn IS NOT NULL;
CREATE UNIQUE INDEX location_vehicle ON location (vehicle_plate, vehicle_licensed_by) WHERE vehicle_plate IS NOT NULL;
CREATE INDEX location_name ON location (name_key, postcode) WHERE name_key IS NOT NULL;
CREATE INDEX location_postcode ON location (postcode) WHERE position IS NULL;
CREATE INDEX location_point ON location USING gist ((position::geography)) WHERE is_point;
CREATE INDEX location_position ON location USING gist (position);
CREATE INDEX location_shown_position ON location USING gist (shown_position);
CREATE INDEX location_areas ON location USING gin (areas);
CREATE INDEX location_merged_into ON location (merged_into) WHERE merged_into IS NOT NULL;

-- Names and addresses the open view must not know. Row-level security belongs here and never on the indexes of
-- location: PostGIS functions are not leakproof, and a policy there turns every index scan into a filter.
CREATE TABLE location_restricted_name (
    location uuid PRIMARY KEY REFERENCES location,
    name text NOT NULL,
    name_key text GENERATED ALWAYS AS (name_key(name)) STORED,
    address text,
    postcode text
);
CREATE INDEX location_restricted_name_key ON location_restricted_name (name_key, postcode);

-- Who operates a place or works there: decides self-reports, LADO exclusion and conflicts of interest.
CREATE TABLE link (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text REFERENCES agency,
    person text REFERENCES person,
    location uuid NOT NULL REFERENCES location,
    relation text NOT NULL CHECK (relation IN ('operator', 'employer')),
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    CHECK (num_nonnulls(agency, person) = 1)
);
CREATE UNIQUE INDEX link_agency ON link (location, agency, relation) WHERE agency IS NOT NULL;
CREATE UNIQUE INDEX link_person ON link (location, person, relation) WHERE person IS NOT NULL;
CREATE INDEX link_by_agency ON link (agency) WHERE agency IS NOT NULL;
CREATE INDEX link_by_person ON link (person) WHERE person IS NOT NULL;

-- 5. Reports --------------------------------------------------------------------------------------------------------

CREATE TABLE import_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text NOT NULL REFERENCES agency,
    file_digest bytea NOT NULL CHECK (octet_length(file_digest) = 32),
    mapping text NOT NULL,
    is_back_file boolean NOT NULL,
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_by text NOT NULL,
    finished timestamptz,
    -- Counts by outcome, as the import printed them.
    counts jsonb,
    -- When the summary of a back-file was published.
    summarised timestamptz
);
CREATE UNIQUE INDEX import_run_open ON import_run (agency, file_digest, mapping, is_back_file) WHERE finished IS NULL;

-- The places a run gave evidence of: what its summary counts.
CREATE TABLE import_run_location (
    run bigint NOT NULL REFERENCES import_run,
    location uuid NOT NULL REFERENCES location,
    PRIMARY KEY (run, location)
);

-- One report: its first form, which stays, and where it stands now (location, form, withdrawn, compartments), which later
-- forms move.
CREATE TABLE report (
    id uuid NOT NULL,
    agency text NOT NULL REFERENCES agency,
    agency_kind text NOT NULL,
    reference text NOT NULL,
    -- Person or system of the agency that sent it: a code.
    actor text NOT NULL,
    received timestamptz NOT NULL,
    observed_from timestamptz NOT NULL,
    -- End of the interval as given, exclusive.
    observed_to timestamptz NOT NULL,
    -- The canonical fields as JSON text, without narrative and originator.
    canonical text NOT NULL,
    role text NOT NULL,
    attribution text NOT NULL CHECK (attribution IN ('inside', 'connected', 'nearby', 'journey')),
    knowledge text NOT NULL,
    source smallint NOT NULL CHECK (source BETWEEN 1 AND 3),
    information text NOT NULL CHECK (information IN ('A', 'B', 'C', 'D', 'E')),
    handling text NOT NULL CHECK (handling IN ('P', 'C')),
    handling_conditions text,
    compartment text NOT NULL CHECK (compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    -- Compartment of narrative and originator: lado where a sign or adultWorksWithChildren makes it so.
    private_compartment text NOT NULL CHECK (private_compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    lawful_basis text NOT NULL,
    early_help text NOT NULL,
    -- Keyed hash; the scheme where the value is one that agencies share.
    originator bytea CHECK (octet_length(originator) = 32),
    originator_scheme text CHECK (originator_scheme IN ('email', 'phone', 'warrant', 'badge')),
    happening_now boolean NOT NULL,
    adult_works_with_children boolean NOT NULL,
    -- As claimed, and whether a link to the place makes it count.
    self_report_claimed boolean NOT NULL,
    self_report boolean NOT NULL,
    import_run bigint REFERENCES import_run,
    is_back_file boolean NOT NULL,
    -- Where it is now; null = unlocated.
    location uuid REFERENCES location,
    location_manner text CHECK (location_manner IN ('id', 'register', 'uprn', 'vehicle', 'name-and-postcode', 'point',
        'new-point', 'steward')),
    -- Number of the form in force: 1, or that of the latest report_correction.
    form integer NOT NULL DEFAULT 1,
    withdrawn_at timestamptz,
    PRIMARY KEY (id),
    CHECK ((location IS NULL) = (location_manner IS NULL)),
    CHECK (observed_from <= observed_to),
    CHECK ((handling = 'C') = (handling_conditions IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE TABLE report_default PARTITION OF report DEFAULT;
CREATE INDEX report_unlocated ON report (id) WHERE location IS NULL AND withdrawn_at IS NULL;

-- Makes the partition of a calendar year, where there is none and the default partition holds nothing of it.
-- Partitions are for size; retention is a matter of places and deletes rows. `placeguard migrate` calls it ahead of time.
CREATE FUNCTION make_report_partition(year integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = placeguard, public, pg_temp AS $$
DECLARE
    partition_name text := format('report_%s', year);
    lower_bound uuid := uuid_v7_floor(make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'));
    upper_bound uuid := uuid_v7_floor(make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC'));
BEGIN
    IF to_regclass(format('placeguard.%I', partition_name)) IS NOT NULL
        OR EXISTS (SELECT FROM report_default WHERE id >= lower_bound AND id < upper_bound)
    THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE placeguard.%I PARTITION OF placeguard.report FOR VALUES FROM (%L) TO (%L)',
        partition_name, lower_bound, upper_bound);
    RETURN true;
END $$;

-- The idempotency key: a unique constraint cannot span partitions. The receipt is given back unchanged.
--
-- The three tables that get rows with every report (report_reference, report_narrative, item) have no foreign key to it:
-- a check against a partitioned table costs ten times one against a plain table (measured: 0.17 ms against 0.013 ms, more
-- than all else a report costs). Their rows are written by the transaction that writes the report, and never otherwise.
CREATE TABLE report_reference (
    agency text NOT NULL,
    reference text NOT NULL CHECK (reference ~ '^[A-Za-z0-9._:/-]{1,64}$'),
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    -- Of a CSV row; a changed row with a higher one is a correction, and its hash is kept beside the first.
    revision integer,
    later_hashes bytea[],
    report uuid NOT NULL,
    receipt text NOT NULL,
    PRIMARY KEY (agency, reference)
);

-- Forms after the first: corrections, withdrawals, and a steward's settling of where it belongs. Append-only.
CREATE TABLE report_correction (
    report uuid NOT NULL REFERENCES report,
    form integer NOT NULL CHECK (form >= 2),
    kind text NOT NULL CHECK (kind IN ('correction', 'withdrawal', 'located')),
    recorded timestamptz NOT NULL,
    actor text NOT NULL,
    -- The whole form as it stands from now on; null for a withdrawal and for settling, which change no field.
    canonical text,
    content_hash bytea CHECK (octet_length(content_hash) = 32),
    revision integer,
    reason text,
    location uuid REFERENCES location,
    originator bytea CHECK (octet_length(originator) = 32),
    originator_scheme text,
    compartment text NOT NULL CHECK (compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    private_compartment text NOT NULL CHECK (private_compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    PRIMARY KEY (report, form),
    CHECK ((kind = 'correction') = (canonical IS NOT NULL)),
    CHECK (kind <> 'withdrawal' OR reason IS NOT NULL)
);

-- The reporter's words, byte for byte (U+0000 too), apart from everything else so that grants and policies can be.
CREATE TABLE report_narrative (
    report uuid NOT NULL,
    form integer NOT NULL,
    compartment text NOT NULL CHECK (compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    narrative bytea NOT NULL CHECK (octet_length(narrative) <= 32000),
    PRIMARY KEY (report, form)
);

-- Two places that a report links; an end that nothing was found for is null.
CREATE TABLE journey (
    report uuid NOT NULL REFERENCES report,
    form integer NOT NULL,
    from_location uuid REFERENCES location,
    to_location uuid REFERENCES location,
    PRIMARY KEY (report, form)
);
CREATE INDEX journey_from ON journey (from_location) WHERE from_location IS NOT NULL;
CREATE INDEX journey_to ON journey (to_location) WHERE to_location IS NOT NULL;

-- From which kinds of agency a shared originator value has been seen.
CREATE TABLE originator_sighting (
    originator bytea NOT NULL CHECK (octet_length(originator) = 32),
    agency_kind text NOT NULL,
    first_seen timestamptz NOT NULL,
    PRIMARY KEY (originator, agency_kind)
);

-- One version of one sign of one report at a location (null: unlocated). What the assessor reads, in one place.
-- Nothing is overwritten but the two considered marks and superseded_at. A version holds in [recorded, superseded_at).
CREATE TABLE item (
    version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report uuid NOT NULL,
    form integer NOT NULL,
    location uuid REFERENCES location,
    sign text NOT NULL,
    source smallint NOT NULL,
    information text NOT NULL,
    attribution text NOT NULL,
    -- min(end of the interval, received): what is scored.
    observed timestamptz NOT NULL,
    -- Of the report, or of the correction that changed sign, grade, observed or place.
    received timestamptz NOT NULL,
    -- When this version came to be.
    recorded timestamptz NOT NULL,
    agency text NOT NULL,
    agency_kind text NOT NULL,
    originator bytea,
    -- A shared originator value never seen from the kind of agency it should come from.
    originator_unconfirmed boolean NOT NULL,
    self_report boolean NOT NULL,
    happening_now boolean NOT NULL,
    compartment text NOT NULL CHECK (compartment IN ('open-partner', 'statutory-only', 'police-intel', 'lado')),
    handling text NOT NULL,
    is_back_file boolean NOT NULL,
    superseded_at timestamptz,
    -- Set by the assessor, in the transaction that stores the decision, for exactly the versions it read; null = new.
    considered_open timestamptz,
    considered_full timestamptz
) WITH (fillfactor = 60); -- Every row is written a second time, by its marks: room for that in the same page spares the indexes.
CREATE INDEX item_location ON item (location) WHERE location IS NOT NULL;
CREATE INDEX item_unlocated ON item (recorded) WHERE location IS NULL;
CREATE INDEX item_report ON item (report);

-- 6. The due list ---------------------------------------------------------------------------------------------------

-- Insert-only and without a unique key: whoever has a reason puts a row; the assessor deletes exactly those it took.
CREATE TABLE due (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('location', 'unlocated', 'import-run')),
    -- A location or a report; null for an import run.
    subject uuid,
    due_at timestamptz NOT NULL,
    -- 0 happening now or severity 5 graded A-C, 1 live, 2 timers, 3 back-files and rescoring.
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
    -- The run that put the row, or whose summary is due.
    import_run bigint REFERENCES import_run,
    reason text NOT NULL,
    CHECK ((kind = 'import-run') = (subject IS NULL)),
    CHECK (kind <> 'import-run' OR import_run IS NOT NULL)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX due_next ON due (priority, due_at, id);
CREATE INDEX due_subject ON due (subject) WHERE subject IS NOT NULL;
CREATE INDEX due_run ON due (import_run) WHERE import_run IS NOT NULL;

-- 7. Audit ----------------------------------------------------------------------------------------------------------

-- Written unchained in the acting transaction: one row for a request or a file batch. No personal content.
CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    -- What it was done to: a code or an id.
    subject text NOT NULL DEFAULT '',
    -- Codes and numbers.
    detail text NOT NULL DEFAULT '',
    -- SHA-256 over the ids concerned, where there are many.
    digest bytea
);

-- The sealed chain: hash = SHA-256(previous hash, number, at, actor, action, subject, detail, digest).
CREATE TABLE audit_chain (
    number bigint PRIMARY KEY,
    entry bigint NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    digest bytea,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    sealed timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_chain_actor ON audit_chain (actor, number);
CREATE INDEX audit_chain_subject ON audit_chain (subject, number) WHERE subject <> '';

-- The bytes an entry is hashed over: every text with its length, so that no two entries have the same bytes.
CREATE FUNCTION audit_bytes(previous bytea, number bigint, at timestamptz, actor text, action text, subject text,
    detail text, digest bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT previous || int8send(number) || int8send((extract(epoch FROM at) * 1000000)::bigint)
        || int4send(octet_length(actor)) || convert_to(actor, 'UTF8')
        || int4send(octet_length(action)) || convert_to(action, 'UTF8')
        || int4send(octet_length(subject)) || convert_to(subject, 'UTF8')
        || int4send(octet_length(detail)) || convert_to(detail, 'UTF8')
        || coalesce(int4send(octet_length(digest)) || digest, int4send(-1))
$$;

-- Numbers and chains up to `most` waiting entries and gives the head. The only way in which the audit ever changes:
-- it runs with the owner's rights, and no other role may update or delete. One sealer at a time; a second one, of
-- another daemon, finds the lock taken and does nothing.
CREATE FUNCTION seal_audit(most integer, OUT sealed integer, OUT number bigint, OUT hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
DECLARE
    entry audit_entry;
BEGIN
    sealed := 0;
    IF pg_try_advisory_xact_lock(hashtextextended('placeguard.audit', 0)) THEN
        SELECT c.number, c.hash INTO number, hash FROM audit_chain c ORDER BY c.number DESC LIMIT 1;
        number := coalesce(number, 0);
        hash := coalesce(hash, sha256('placeguard'));
        FOR entry IN SELECT * FROM audit_entry e ORDER BY e.id LIMIT most LOOP
            number := number + 1;
            hash := sha256(audit_bytes(hash, number, entry.at, entry.actor, entry.action, entry.subject, entry.detail,
                entry.digest));
            INSERT INTO audit_chain (number, entry, at, actor, action, subject, detail, digest, hash)
            VALUES (seal_audit.number, entry.id, entry.at, entry.actor, entry.action, entry.subject, entry.detail,
                entry.digest, seal_audit.hash);
            DELETE FROM audit_entry e WHERE e.id = entry.id;
            sealed := sealed + 1;
        END LOOP;
    END IF;
    IF number IS NULL THEN
        SELECT c.number, c.hash INTO number, hash FROM audit_chain c ORDER BY c.number DESC LIMIT 1;
    END IF;
END $$;

-- The head of the sealed chain, for briefings and readiness; and how many entries wait.
CREATE FUNCTION audit_head(OUT number bigint, OUT hash bytea, OUT unsealed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    SELECT h.number, h.hash, (SELECT count(*) FROM audit_entry)
    FROM (SELECT 1) AS always
    LEFT JOIN (SELECT c.number, c.hash FROM audit_chain c ORDER BY c.number DESC LIMIT 1) AS h ON true
$$;

-- 8. Settings -------------------------------------------------------------------------------------------------------

-- Facts about this database that no file can know.
CREATE TABLE setting (
    key text PRIMARY KEY,
    value text NOT NULL,
    changed timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A fingerprint of the key that originators are hashed with; the key itself is never in the database.
CREATE TABLE originator_key (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    fingerprint text NOT NULL CHECK (fingerprint <> ''),
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- 9. Which location a report means ----------------------------------------------------------------------------------

-- The position a reference names. For the functions below: it relies on their search_path, so that it can be inlined.
CREATE FUNCTION reference_position(form text, x double precision, y double precision) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE form
        WHEN 'point' THEN ST_SetSRID(ST_MakePoint(x, y), 4326)
        WHEN 'grid' THEN ST_Transform(ST_SetSRID(ST_MakePoint(x, y), 27700), 4326)
    END
$$;

-- The nearest point location of the category within the radius, of that name where one is given; premises are never
-- taken (the nearest-landmark fault). Inlined likewise: a call of its own would cost more than the search.
CREATE FUNCTION nearest_point(place geography, wanted_category text, wanted_key text, radius double precision)
RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    SELECT l.id FROM location l
    WHERE l.is_point AND l.category = wanted_category AND ST_DWithin(l.position::geography, place, radius)
        AND (wanted_key IS NULL OR wanted_key = l.name_key OR EXISTS (
            SELECT FROM location_restricted_name s WHERE s.location = l.id AND s.name_key = wanted_key))
    ORDER BY ST_Distance(l.position::geography, place), l.id
    LIMIT 1
$$;

-- Resolves location references by the exact rules of interfaces.md ("Location, exactly"): one row for each that is
-- found. Set-based; live reports and back-files go through this same function. Visibility plays no part in matching, so
-- it runs with the owner's rights: intake may neither list places nor read restricted names.
-- In PL/pgSQL, which keeps its plan: as an SQL function it was planned for every call, at twice the cost of running it.
-- Forms: id, register, uprn, vehicle (key1 plate, key2 authority), name (key1 name, key2 postcode), point (x longitude,
-- y latitude), grid (x easting, y northing).
CREATE FUNCTION resolve_locations(
    ordinals integer[], forms text[], ids uuid[], keys1 text[], keys2 text[], xs double precision[],
    ys double precision[], categories text[], names text[], radii double precision[]
) RETURNS TABLE (ordinal integer, location uuid, category text, manner text, is_open boolean, has_name boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 64 SET search_path = placeguard, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH reference AS MATERIALIZED (
        SELECT * FROM unnest(ordinals, forms, ids, keys1, keys2, xs, ys, categories, names, radii)
            AS r (ordinal, form, id, key1, key2, x, y, category, name, radius)
    ), found AS (
        SELECT r.ordinal, l.id, 'id' AS manner
        FROM reference r JOIN location l ON l.id = r.id WHERE r.form = 'id'
        UNION ALL
        SELECT r.ordinal, l.id, 'register'
        FROM reference r JOIN location l ON l.register = r.key1 WHERE r.form = 'register'
        UNION ALL
        SELECT r.ordinal, (array_agg(DISTINCT coalesce(l.merged_into, l.id)))[1], 'uprn'
        FROM reference r JOIN location l ON l.uprn = r.key1
        WHERE r.form = 'uprn'
        GROUP BY r.ordinal
        HAVING count(DISTINCT coalesce(l.merged_into, l.id)) = 1
        UNION ALL
        SELECT r.ordinal, l.id, 'vehicle'
        FROM reference r JOIN location l ON l.vehicle_plate = r.key1 AND l.vehicle_licensed_by = r.key2
        WHERE r.form = 'vehicle'
        UNION ALL
        -- One hit only: two places of one name at one postcode are a question for a person.
        SELECT r.ordinal, (array_agg(DISTINCT n.id))[1], 'name-and-postcode'
        FROM reference r
        CROSS JOIN LATERAL (
            SELECT coalesce(l.merged_into, l.id) AS id FROM location l
            WHERE l.name_key = name_key(r.key1) AND l.postcode = r.key2
            UNION ALL
            SELECT coalesce(l.merged_into, l.id) FROM location_restricted_name s JOIN location l ON l.id = s.location
            WHERE s.name_key = name_key(r.key1) AND s.postcode = r.key2
        ) AS n
        WHERE r.form = 'name'
        GROUP BY r.ordinal
        HAVING count(DISTINCT n.id) = 1
        UNION ALL
        -- Reports of one spot come in numbers: each spot is searched for once.
        SELECT unnest(p.ordinals), n.id, 'point'
        FROM (
            SELECT array_agg(r.ordinal) AS ordinals, reference_position(r.form, r.x, r.y)::geography AS place,
                r.category, name_key(r.name) AS key, r.radius
            FROM reference r WHERE r.form IN ('point', 'grid')
            GROUP BY r.form, r.x, r.y, r.category, r.name, r.radius
        ) AS p
        CROSS JOIN LATERAL nearest_point(p.place, p.category, p.key, p.radius) AS n
    )
    SELECT f.ordinal, s.id, s.category, f.manner, s.has_open_item, s.name IS NOT NULL
    FROM found f JOIN location l ON l.id = f.id JOIN location s ON s.id = coalesce(l.merged_into, l.id);
END $$;

-- Finds or makes the point location of each reference that nothing was found for. References are taken one after the
-- other, so the second of two near points of one batch attaches to what the first made; and under locks, so two
-- transactions do the same. Locks are advisory, on hundredths of a degree around the point; a point with a radius over
-- 1 km takes the whole world, which all others share. Lock order is fixed: the world, then cells by number.
CREATE FUNCTION settle_points(
    ordinals integer[], forms text[], xs double precision[], ys double precision[], categories text[], names text[],
    radii double precision[], opens boolean[]
) RETURNS TABLE (ordinal integer, location uuid, category text, manner text, is_open boolean, has_name boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
DECLARE
    reference record;
    lock_class CONSTANT integer := 1886151013; -- "plge", so that no other user of advisory locks is met by chance
    lock_cell integer;
    place geometry;
    made uuid;
    restricted boolean;
BEGIN
    IF EXISTS (SELECT FROM unnest(radii) AS radius WHERE radius > 1000) THEN
        PERFORM pg_advisory_xact_lock(lock_class, 0);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(lock_class, 0);
        FOR lock_cell IN
            SELECT DISTINCT 1 + (east + 18000) * 18002 + north + 9000
            FROM (
                SELECT reference_position(r.form, r.x, r.y) AS place, r.radius
                FROM unnest(forms, xs, ys, radii) AS r (form, x, y, radius)
            ) AS p
            -- A metre is at most 1/110574 of a degree of latitude; of longitude, that over the cosine.
            CROSS JOIN LATERAL (SELECT p.radius / 110000 AS reach_north,
                p.radius / 110000 / greatest(cos(radians(ST_Y(p.place))), 0.01) AS reach_east) AS reach
            CROSS JOIN LATERAL generate_series(floor((ST_X(p.place) - reach_east) * 100)::integer,
                floor((ST_X(p.place) + reach_east) * 100)::integer) AS east
            CROSS JOIN LATERAL generate_series(floor((ST_Y(p.place) - reach_north) * 100)::integer,
                floor((ST_Y(p.place) + reach_north) * 100)::integer) AS north
            ORDER BY 1
        LOOP
            PERFORM pg_advisory_xact_lock(lock_class, lock_cell);
        END LOOP;
    END IF;
    FOR reference IN
        SELECT * FROM unnest(ordinals, forms, xs, ys, categories, names, radii, opens)
            AS r (ordinal, form, x, y, category, name, radius, is_open) ORDER BY r.ordinal
    LOOP
        place := reference_position(reference.form, reference.x, reference.y);
        ordinal := reference.ordinal;
        SELECT s.id, s.category, s.has_open_item, s.name IS NOT NULL INTO location, category, is_open, has_name
        FROM nearest_point(place::geography, reference.category, name_key(reference.name), reference.radius) AS n
        JOIN location l ON l.id = n.id JOIN location s ON s.id = coalesce(l.merged_into, l.id);
        manner := 'point';
        IF location IS NULL THEN
            restricted := is_restricted_category(reference.category);
            -- The id of a point tells nobody when it was first reported: its time part is one for all of them.
            INSERT INTO location AS l (id, category, name, position, is_point, areas, has_open_item)
            VALUES (encode(overlay(uuid_send(uuid_v7()) PLACING '\x018000000000'::bytea FROM 1 FOR 6), 'hex')::uuid,
                reference.category, CASE WHEN reference.is_open AND NOT restricted THEN reference.name END, place,
                true, areas_at(place, restricted), reference.is_open)
            RETURNING l.id INTO made;
            IF name_key(reference.name) IS NOT NULL AND (restricted OR NOT reference.is_open) THEN
                INSERT INTO location_restricted_name (location, name) VALUES (made, reference.name);
            END IF;
            location := made;
            category := reference.category;
            manner := 'new-point';
            is_open := reference.is_open;
            has_name := is_open AND reference.name IS NOT NULL AND NOT restricted;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- An open-partner report has come: the places are visible in the open view from now on, under the name it gave.
CREATE FUNCTION open_locations(ids uuid[], names text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    WITH given AS (
        SELECT g.id, min(g.name) FILTER (WHERE l.is_point AND name_key(g.name) IN (l.name_key, s.name_key)) AS name
        FROM unnest(ids, names) AS g (id, name)
        JOIN location l ON l.id = g.id
        LEFT JOIN location_restricted_name s ON s.location = l.id
        GROUP BY g.id
    ), locked AS (
        SELECT l.id FROM location l JOIN given g ON g.id = l.id ORDER BY l.id FOR NO KEY UPDATE OF l
    )
    UPDATE location l
    SET has_open_item = true, name = CASE WHEN l.is_restricted THEN l.name ELSE coalesce(l.name, g.name) END
    FROM given g JOIN locked USING (id)
    WHERE l.id = g.id AND (NOT l.has_open_item OR (l.name IS NULL AND g.name IS NOT NULL AND NOT l.is_restricted))
$$;

-- Open-partner items have gone (withdrawn, corrected, moved): a place that no open item gives any more is hidden again,
-- and so is the name that one of them gave.
CREATE FUNCTION hide_unopened_locations(ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    WITH hidden AS (
        SELECT l.id, l.name, l.from_register FROM location l
        WHERE l.id = ANY (ids) AND l.has_open_item AND NOT EXISTS (
            SELECT FROM item i
            WHERE i.location = l.id AND i.superseded_at IS NULL AND i.compartment = 'open-partner')
        ORDER BY l.id FOR NO KEY UPDATE
    ), kept AS (
        INSERT INTO location_restricted_name (location, name)
        SELECT id, name FROM hidden WHERE name IS NOT NULL AND NOT from_register
        ON CONFLICT (location) DO NOTHING
    )
    UPDATE location l SET has_open_item = false, name = CASE WHEN l.from_register THEN l.name END
    FROM hidden h WHERE l.id = h.id
$$;

-- 10. Who may do what ------------------------------------------------------------------------------------------------

-- Row-level security: what a transaction reads of a record depends on its view and clearances, whoever it is. Writing
-- is a matter of grants. The owner is not bound: it migrates, and its functions resolve and count.
ALTER TABLE report ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_correction ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_narrative ENABLE ROW LEVEL SECURITY;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
ALTER TABLE location_restricted_name ENABLE ROW LEVEL SECURITY;

CREATE POLICY report_read ON report FOR SELECT
    USING (compartment = ANY ((SELECT readable_compartments())::text[]));
CREATE POLICY report_add ON report FOR INSERT WITH CHECK (true);
CREATE POLICY report_change ON report FOR UPDATE
    USING (compartment = ANY ((SELECT readable_compartments())::text[])) WITH CHECK (true);

CREATE POLICY report_correction_read ON report_correction FOR SELECT
    USING (compartment = ANY ((SELECT readable_compartments())::text[]));
CREATE POLICY report_correction_add ON report_correction FOR INSERT WITH CHECK (true);

CREATE POLICY report_narrative_read ON report_narrative FOR SELECT
    USING (compartment = ANY ((SELECT readable_compartments())::text[]));
CREATE POLICY report_narrative_add ON report_narrative FOR INSERT WITH CHECK (true);

CREATE POLICY report_narrative_change ON report_narrative FOR UPDATE
    USING (compartment = ANY ((SELECT readable_compartments())::text[])) WITH CHECK (true);

CREATE POLICY item_read ON item FOR SELECT
    USING (compartment = ANY ((SELECT readable_compartments())::text[]));
CREATE POLICY item_add ON item FOR INSERT WITH CHECK (true);
CREATE POLICY item_change ON item FOR UPDATE
    USING (compartment = ANY ((SELECT readable_compartments())::text[])) WITH CHECK (true);

CREATE POLICY location_restricted_name_read ON location_restricted_name FOR SELECT
    USING ((SELECT reads_full_view()));
CREATE POLICY location_restricted_name_add ON location_restricted_name FOR INSERT WITH CHECK (true);
CREATE POLICY location_restricted_name_change ON location_restricted_name FOR UPDATE
    USING ((SELECT reads_full_view())) WITH CHECK (true);
CREATE POLICY location_restricted_name_remove ON location_restricted_name FOR DELETE
    USING ((SELECT reads_full_view()));

-- Everybody may call the harmless functions; those that run with the owner's rights are for their callers only.
REVOKE EXECUTE ON FUNCTION resolve_locations, settle_points, open_locations, hide_unopened_locations, seal_audit, audit_head,
    make_report_partition FROM PUBLIC;

-- Credentials are checked by whoever serves: intake and briefings over HTTP, the feed on its own port.
GRANT SELECT ON agency, token, link, area TO placeguard_intake, placeguard_assessor, placeguard_feed, placeguard_briefing;
GRANT SELECT (code, agency, name) ON person
    TO placeguard_intake, placeguard_assessor, placeguard_feed, placeguard_briefing;
GRANT SELECT (minute, address, token_id, attempts), INSERT, UPDATE (attempts) ON refused_login
    TO placeguard_intake, placeguard_feed, placeguard_briefing, placeguard_admin;
GRANT SELECT ON setting, originator_key TO placeguard_intake, placeguard_assessor, placeguard_feed, placeguard_briefing;
GRANT INSERT (actor, action, subject, detail, digest) ON audit_entry
    TO placeguard_intake, placeguard_assessor, placeguard_feed, placeguard_briefing, placeguard_admin;
GRANT EXECUTE ON FUNCTION audit_head TO placeguard_feed, placeguard_briefing, placeguard_admin;

-- Intake stores reports. It reads only what a correction is merged into, and of places nothing: it asks.
GRANT EXECUTE ON FUNCTION resolve_locations, settle_points, open_locations, hide_unopened_locations
    TO placeguard_intake, placeguard_admin;
GRANT SELECT, INSERT ON report, report_reference, report_correction, report_narrative, journey, originator_sighting, item,
    import_run_location TO placeguard_intake, placeguard_admin;
GRANT INSERT ON due TO placeguard_intake;
GRANT UPDATE (location, location_manner, form, withdrawn_at, compartment, private_compartment, self_report_claimed)
    ON report TO placeguard_intake, placeguard_admin;
GRANT UPDATE (compartment) ON report_narrative TO placeguard_intake, placeguard_admin;
GRANT UPDATE (superseded_at) ON item TO placeguard_intake, placeguard_admin;
GRANT UPDATE (revision, later_hashes) ON report_reference TO placeguard_intake, placeguard_admin;
GRANT SELECT, INSERT, UPDATE ON import_run TO placeguard_intake, placeguard_admin;

-- The assessor reads evidence in both views, sets the considered marks, and works the due list off.
GRANT SELECT ON item, import_run, import_run_location, journey TO placeguard_assessor;
GRANT SELECT (id, agency, agency_kind, received, compartment, handling, happening_now, is_back_file, import_run, location,
    form, withdrawn_at) ON report TO placeguard_assessor;
GRANT SELECT (id, category, is_restricted, name, areas, cell, shown_position, from_register, has_open_item, merged_into)
    ON location TO placeguard_assessor, placeguard_feed;
GRANT SELECT ON location_restricted_name TO placeguard_assessor;
GRANT UPDATE (considered_open, considered_full) ON item TO placeguard_assessor;
GRANT UPDATE (summarised) ON import_run TO placeguard_assessor;
GRANT SELECT, INSERT, UPDATE, DELETE ON due TO placeguard_assessor;

-- Briefings read structured fields only: no narrative, no originator, no canonical text.
GRANT SELECT ON location, location_restricted_name, postcode, import_run TO placeguard_briefing;
GRANT SELECT (version, report, form, location, sign, source, information, attribution, observed, received, recorded,
    agency, agency_kind, self_report, happening_now, compartment, handling, is_back_file, superseded_at)
    ON item TO placeguard_briefing;
GRANT SELECT (id, agency, agency_kind, received, observed_from, observed_to, compartment, handling, handling_conditions,
    happening_now, is_back_file, import_run, location, form, withdrawn_at) ON report TO placeguard_briefing;
GRANT SELECT (kind, due_at, priority) ON due TO placeguard_briefing;

-- The administrator keeps partners, people, tokens and registers, and does what stewards ask for.
GRANT SELECT, INSERT, UPDATE ON agency, person, token, area, postcode, location, location_restricted_name, setting,
    originator_key TO placeguard_admin;
GRANT SELECT, INSERT, DELETE ON link TO placeguard_admin;
GRANT DELETE ON location_restricted_name TO placeguard_admin;
GRANT SELECT, INSERT ON due TO placeguard_admin;
GRANT SELECT ON audit_entry, audit_chain TO placeguard_admin;
GRANT EXECUTE ON FUNCTION seal_audit TO placeguard_admin;
