-- What the morning's digest counts, found by its time: positions jump where an epoch begins.
CREATE INDEX feed_low ON feed (view, at) WHERE urgency = 'low';

-- The last position that the log has, whoever may read what: whether a counter is behind it.
CREATE FUNCTION last_logged(log_view text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    SELECT coalesce(max(f.seq), 0) FROM feed f WHERE f.view = log_view
$$;
REVOKE EXECUTE ON FUNCTION last_logged FROM PUBLIC;
GRANT EXECUTE ON FUNCTION last_logged TO placeguard_admin, placeguard_assessor;
