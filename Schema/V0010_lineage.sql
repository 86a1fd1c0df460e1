-- As before, but planned once a connection and not at every publication, of which that was a third.
CREATE OR REPLACE FUNCTION log_lineage() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT s.system_identifier || '.' || left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) || '.' || d.oid
        FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database());
END $$;
