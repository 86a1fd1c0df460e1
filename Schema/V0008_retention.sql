-- How long the alert log is kept. The floor moves first, so that a reader of what goes is told (410) and never skips it in silence;
-- then the rows go. Both in steps, since a publisher waits while the floor moves and a reader while rows are locked.

-- Moves a view's floor over events older than `kept`, looking at the oldest `most`; answers it, and whether more may be due.
CREATE FUNCTION raise_floor(log_view text, kept interval, most integer)
RETURNS TABLE (floor bigint, more boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    looked bigint;
    young bigint;
    last bigint;
BEGIN
    IF kept < interval '1 day' THEN
        RAISE EXCEPTION 'the log is kept for a day at least' USING ERRCODE = '22023';
    END IF;
    SELECT count(*), min(o.seq) FILTER (WHERE o.at > clock_timestamp() - kept), max(o.seq) INTO looked, young, last
    FROM (
        SELECT f.seq, f.at FROM feed f
        WHERE f.view = log_view AND f.seq >= (SELECT c.floor FROM feed_counter c WHERE c.view = log_view)
        ORDER BY f.seq LIMIT most
    ) AS o;
    UPDATE feed_counter c SET floor = coalesce(young, last + 1)
    WHERE c.view = log_view AND c.floor < coalesce(young, last + 1);
    RETURN QUERY SELECT c.floor, young IS NULL AND looked = most FROM feed_counter c WHERE c.view = log_view;
END $$;

-- Drops at most `most` events below a view's floor, the oldest first; answers how many went.
CREATE FUNCTION drop_below_floor(log_view text, most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    WITH old AS MATERIALIZED (
        SELECT f.seq FROM feed f
        WHERE f.view = log_view AND f.seq < (SELECT c.floor FROM feed_counter c WHERE c.view = log_view)
        ORDER BY f.seq LIMIT most FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM feed f USING old WHERE f.view = log_view AND f.seq = old.seq RETURNING f.seq
    )
    SELECT count(*) FROM gone
$$;

-- Drops at most `most` records of refused logins older than `kept`; answers how many went.
CREATE FUNCTION drop_refused_logins(kept interval, most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
    WITH old AS MATERIALIZED (
        SELECT minute, address, token_id FROM refused_login
        WHERE minute < clock_timestamp() - greatest(kept, interval '1 day')
        ORDER BY minute LIMIT most FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM refused_login r USING old
        WHERE r.minute = old.minute AND r.address = old.address AND r.token_id = old.token_id
        RETURNING r.minute
    )
    SELECT count(*) FROM gone
$$;

REVOKE EXECUTE ON FUNCTION raise_floor, drop_below_floor, drop_refused_logins FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raise_floor, drop_below_floor, drop_refused_logins TO placeguard_admin;
