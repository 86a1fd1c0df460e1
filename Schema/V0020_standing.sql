-- A subscription that is always to be connected, such as a relay's, is declared standing by its reader. When it last showed
-- that what it is sent is dealt with; null where it is not standing. A `SUB` is no such sign: a relay that keeps ending gives many.
ALTER TABLE feed_cursor ADD COLUMN standing timestamptz;
-- Whoever takes a relay away says so.
GRANT UPDATE (standing) ON feed_cursor TO placeguard_admin;
