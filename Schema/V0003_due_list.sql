-- The due list, taken in one statement: one journey to the server instead of one for each class and another for what is due
-- at the same subjects.

-- Takes the rows of one class, the most urgent of the range in which any can be had, and the other due rows of their
-- subjects, which deciding once settles too. Rows that somebody else holds are passed over, never waited for.
--
-- Of priority 0 one row at a time, so that nothing else is in its transaction. Each class is a short walk along an index,
-- however many timers wait for a later day. passed: rows already looked at, whose subjects are locked elsewhere.
CREATE FUNCTION take_due(lowest integer, highest integer, maximum bigint, passed bigint[], along integer)
RETURNS TABLE (id bigint, kind text, subject uuid, import_run bigint, priority smallint, reason text, is_along boolean)
LANGUAGE plpgsql VOLATILE ROWS 10 SET search_path = placeguard, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    started timestamptz := clock_timestamp();
    taken due[];
BEGIN
    FOR class IN lowest..highest LOOP
        SELECT array_agg(d) INTO taken FROM (
            SELECT w.* FROM due w
            WHERE w.priority = class AND w.due_at <= started AND NOT w.id = ANY (passed)
            ORDER BY w.due_at, w.id
            LIMIT CASE class WHEN 0 THEN 1 ELSE maximum END
            FOR UPDATE SKIP LOCKED
        ) AS d;
        EXIT WHEN taken IS NOT NULL;
    END LOOP;
    IF taken IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT t.id, t.kind, t.subject, t.import_run, t.priority, t.reason, false FROM unnest(taken) AS t;
    RETURN QUERY
        SELECT w.id, w.kind, w.subject, w.import_run, w.priority, w.reason, true FROM due w
        WHERE w.subject = ANY (ARRAY(SELECT DISTINCT t.subject FROM unnest(taken) AS t WHERE t.subject IS NOT NULL))
            AND w.due_at <= started AND NOT w.id = ANY (ARRAY(SELECT t.id FROM unnest(taken) AS t))
        ORDER BY w.id
        LIMIT along
        FOR UPDATE SKIP LOCKED;
END $$;
REVOKE EXECUTE ON FUNCTION take_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_due TO placeguard_assessor;
