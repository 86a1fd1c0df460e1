-- What counts as acted on in the figures: somebody claimed, noted or resolved the alert, or did what it asked for, reviewed the
-- place or located the report, which ends it without a word in the feed.
CREATE FUNCTION is_acted_on(alert uuid, is_open boolean, type text, body text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = placeguard, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM alert_act t WHERE t.alert = $1 AND t.kind <> 'release')
        OR (NOT is_open AND type = 'closed' AND body::jsonb -> 'why' ?| ARRAY['review-recorded', 'located'])
$$;
REVOKE EXECUTE ON FUNCTION is_acted_on FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_acted_on TO placeguard_assessor;
