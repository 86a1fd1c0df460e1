-- Who is told of what, in one place for every statement that asks: each function is a single expression, which the planner puts
-- in the place of the call.

-- Whether a filter lets through what has these properties: exclusions win, then any inclusion admits, and what is addressed to
-- somebody needs none. A circle is a longitude and a latitude in degrees and a radius in metres, one circle behind the other.
CREATE FUNCTION passes_filter(tags text[], place geometry, audience text, excluded text[], excluded_near float8[],
    admits_all boolean, included text[], included_near float8[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NOT tags && excluded
        AND NOT (cardinality(excluded_near) > 0 AND placeguard.is_near(place, excluded_near))
        AND (admits_all OR audience IS NOT NULL OR tags && included
            OR (cardinality(included_near) > 0 AND placeguard.is_near(place, included_near)))
$$;

-- Whether a reader of the view may see it: what is addressed to others is not theirs, nor what is outside of the areas of their
-- token, nor places that their agency or person is linked to. Without a reader nothing addressed is visible.
CREATE FUNCTION is_visible(audience text, everywhere boolean, areas text[], location uuid,
    reader text, reader_areas text[], linked uuid[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (audience IS NULL OR audience = reader)
        AND (cardinality(reader_areas) = 0 OR everywhere OR areas && reader_areas)
        AND NOT coalesce(location = ANY (linked), false)
$$;
