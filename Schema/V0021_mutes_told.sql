-- A mute for everybody is told to whoever it withholds something from, whatever their filter waits for: with the filter's own
-- rules, so that every statement that asks has it.
CREATE OR REPLACE FUNCTION passes_filter(tags text[], place geometry, audience text, excluded text[], excluded_near float8[],
    admits_all boolean, included text[], included_near float8[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NOT tags && excluded
        AND NOT (cardinality(excluded_near) > 0 AND placeguard.is_near(place, excluded_near))
        AND (admits_all OR audience IS NOT NULL OR tags && included
            OR (cardinality(included_near) > 0 AND placeguard.is_near(place, included_near))
            OR tags && ARRAY['kind:muted', 'kind:unmuted'])
$$;
