-- Whether a reader of the view may see it, as in V0012. New: what is addressed to one person and begins its areas with '*' says
-- something of each of them, such as the digest of a token, so that only a token that has them all is told of it.
CREATE OR REPLACE FUNCTION is_visible(audience text, everywhere boolean, areas text[], location uuid,
    reader text, reader_areas text[], linked uuid[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (audience IS NULL OR audience = reader)
        AND (cardinality(reader_areas) = 0 OR everywhere OR (areas && reader_areas
            AND (audience IS NULL OR areas[1] <> '*' OR areas[2:] <@ reader_areas)))
        AND NOT coalesce(location = ANY (linked), false)
$$;
