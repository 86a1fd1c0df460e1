-- The epoch whose positions, up to `base`, stand for the same events in this one: the one before, unless an operator began this
-- epoch by hand, as after a snapshot was put back. Then numbers may have been given twice already, and nothing is shared for sure.
ALTER TABLE feed_counter ADD COLUMN before text;

CREATE FUNCTION note_epoch_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.before := OLD.epoch;
    RETURN NEW;
END $$;
CREATE TRIGGER epoch_before BEFORE UPDATE ON feed_counter FOR EACH ROW
    WHEN (OLD.epoch IS DISTINCT FROM NEW.epoch) EXECUTE FUNCTION note_epoch_before();
