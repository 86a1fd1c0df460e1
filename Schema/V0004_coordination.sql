-- What coordinators do with alerts: claims, and who is told when nobody claims.

-- Who sees to an open alert. Of the full view only; in the open one nobody claims.
ALTER TABLE alert
    ADD COLUMN claimed_by text,
    ADD COLUMN claim_until timestamptz,
    -- When an unclaimed alert goes a step up the chain; null where it never does.
    ADD COLUMN escalates timestamptz,
    -- Steps gone up since it was opened or became more urgent.
    ADD COLUMN escalation smallint NOT NULL DEFAULT 0 CHECK (escalation >= 0),
    ADD CHECK ((claimed_by IS NULL) = (claim_until IS NULL)),
    ADD CHECK (view = 'full' OR (claimed_by IS NULL AND escalates IS NULL AND escalation = 0));

-- What was done with an alert, by whom and with which words: append-only, and only SHOW tells of the words.
CREATE TABLE alert_act (
    alert uuid NOT NULL REFERENCES alert,
    view text NOT NULL CHECK (view IN ('open', 'full')),
    at timestamptz NOT NULL,
    -- The subject: a person, or a system of an agency.
    by text NOT NULL,
    -- The subject's own key: the same act sent again does nothing twice.
    action_id text NOT NULL CHECK (action_id ~ '^[A-Za-z0-9._-]{1,64}$'),
    kind text NOT NULL CHECK (kind IN ('claim', 'release', 'resolve', 'note')),
    words text NOT NULL CHECK (octet_length(words) <= 1024),
    -- The answer: which revision tells of it, and of a claim when it lapses.
    rev integer NOT NULL CHECK (rev > 0),
    until timestamptz,
    PRIMARY KEY (by, action_id)
);
CREATE INDEX alert_act_alert ON alert_act (alert, at);
CREATE TRIGGER append_only BEFORE UPDATE ON alert_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE alert_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY alert_act_read ON alert_act FOR SELECT USING (view = ANY ((SELECT readable_views())::text[]));
CREATE POLICY alert_act_add ON alert_act FOR INSERT WITH CHECK (true);

-- Whoever numbers events records what they tell of; the feed shows it.
GRANT SELECT, INSERT ON alert_act TO placeguard_assessor;
GRANT SELECT ON alert_act TO placeguard_feed;
