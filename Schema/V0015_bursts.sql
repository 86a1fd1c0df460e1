-- The latest event about the risk that went out, and the earliest `received` of the reports that wait to be told together:
-- which they are is read from the items again, so nothing of them is kept here.
ALTER TABLE location_state
    ADD COLUMN told_at timestamptz, ADD COLUMN told_urgency text, ADD COLUMN reports_held_from timestamptz;
