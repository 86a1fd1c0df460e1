-- What is held back, to be told with what follows, is marked on the item version, for each view: a moment to the second could not
-- tell it from what was told in that second, which was then told again and could lift the urgency of that event.
ALTER TABLE item
    ADD COLUMN held_open boolean NOT NULL DEFAULT false, ADD COLUMN held_full boolean NOT NULL DEFAULT false;
GRANT UPDATE (held_open, held_full) ON item TO placeguard_assessor;

-- What waits while this is applied goes on waiting; what is immediate never did.
UPDATE item i SET held_open = true
FROM location_state s
WHERE s.location = i.location AND s.view = 'open' AND i.received >= s.reports_held_from AND i.superseded_at IS NULL
    AND i.considered_open IS NOT NULL AND i.compartment = 'open-partner' AND NOT i.is_back_file AND NOT i.happening_now;
UPDATE item i SET held_full = true
FROM location_state s
WHERE s.location = i.location AND s.view = 'full' AND i.received >= s.reports_held_from AND i.superseded_at IS NULL
    AND i.considered_full IS NOT NULL AND NOT i.is_back_file AND NOT i.happening_now;
ALTER TABLE location_state DROP COLUMN reports_held_from;
