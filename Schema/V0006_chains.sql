-- Who is asked when nobody claims: chains, cover and quiet hours are data.

-- A step asks people, or a line to ring. '*' is the chain of areas that have none of their own.
CREATE TABLE chain_step (
    area text NOT NULL CHECK (area = '*' OR area ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    step smallint NOT NULL CHECK (step BETWEEN 1 AND 9),
    person text REFERENCES person,
    line text CHECK (line ~ '^[^[:cntrl:]]{1,60}$'),
    added timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by text NOT NULL,
    CHECK (num_nonnulls(person, line) = 1)
);
CREATE UNIQUE INDEX chain_step_once ON chain_step (area, step, coalesce(person, ''), coalesce(line, ''));

-- While somebody is away another is asked in their place.
CREATE TABLE chain_cover (
    person text NOT NULL REFERENCES person,
    covered_by text NOT NULL REFERENCES person CHECK (covered_by <> person),
    begins timestamptz NOT NULL,
    ends timestamptz NOT NULL CHECK (ends > begins),
    added_by text NOT NULL,
    PRIMARY KEY (person, begins)
);

-- Hours of London's clock in which a person is asked for `immediate` only; they may pass midnight.
CREATE TABLE quiet_hours (
    person text PRIMARY KEY REFERENCES person,
    begins integer NOT NULL CHECK (begins BETWEEN 0 AND 86399),
    ends integer NOT NULL CHECK (ends BETWEEN 0 AND 86399 AND ends <> begins)
);

GRANT SELECT ON chain_step, chain_cover, quiet_hours TO placeguard_assessor;
GRANT SELECT, INSERT, DELETE ON chain_step, chain_cover TO placeguard_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON quiet_hours TO placeguard_admin;
