-- Placeguard: what only a superuser can do, once for each database.
--
--   psql --dbname=placeguard --file=Deploy/bootstrap.sql
--
-- Safe to run again: it makes what is missing and changes nothing that is there. It makes the six roles without
-- passwords; give each one its password or its peer map (Deploy/README.md, "Your own PostgreSQL"). Everything else
-- is `placeguard migrate`, as placeguard_owner, which checks that this has been done. The embedded cluster runs this
-- same file by itself, so it has no commands of psql in it.

BEGIN;

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'placeguard_owner',     -- owns every object; migrates, serves nobody
        'placeguard_intake',    -- stores reports and corrections
        'placeguard_assessor',  -- scores locations and writes alerts
        'placeguard_feed',      -- reads the alert log, moves cursors
        'placeguard_briefing',  -- reads what briefings and lists are made from
        'placeguard_admin'      -- agencies, people, tokens, registers, stewards' actions, the audit's sealer
    ]
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            -- Roles belong to the cluster: another of its databases may be getting its bootstrap at this moment.
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO placeguard_owner', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO placeguard_intake, placeguard_assessor, placeguard_feed,'
        ' placeguard_briefing, placeguard_admin', current_database());
    -- Readiness tells of transactions that others hold open and of standbys.
    IF NOT pg_has_role('placeguard_briefing', 'pg_read_all_stats', 'USAGE') THEN
        BEGIN
            GRANT pg_read_all_stats TO placeguard_briefing;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
END $$;

-- Untrusted: only a superuser may install it.
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;

-- Functions that run with the owner's rights look in public for PostGIS, so nobody else may put anything there
-- (the default since PostgreSQL 15; older databases keep the old grant when they are upgraded).
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS placeguard AUTHORIZATION placeguard_owner;
GRANT USAGE ON SCHEMA placeguard
    TO placeguard_intake, placeguard_assessor, placeguard_feed, placeguard_briefing, placeguard_admin;

COMMIT;
