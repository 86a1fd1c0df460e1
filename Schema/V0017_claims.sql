-- A claim holds no longer than its claimant's permission: where a token is revoked, or an agency suspended, the claims of
-- whoever is left without a token to claim with end at once. Until then nobody else could claim, and nobody was asked. The
-- assessor tells of it as of any claim that has run out.

-- The places are locked in the order of their ids, as by everybody who revises alerts: a decision in progress would write the
-- claim again that it has read.
CREATE FUNCTION end_claims_without_permission() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = placeguard, public, pg_temp AS $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT a.id, a.location, a.report, a.claimed_by FROM alert a
        WHERE a.is_open AND a.claim_until > clock_timestamp() AND NOT EXISTS (
            SELECT FROM token t JOIN agency g ON g.code = t.agency
            WHERE coalesce(t.person, 'agency:' || t.agency) = a.claimed_by AND t.role IN ('coordinator', 'steward')
                AND 'statutory' = ANY (t.clearances) AND t.revoked IS NULL
                AND g.suspended_at IS NULL AND g.agreement_until > clock_timestamp())
        ORDER BY a.location, a.report, a.id
    LOOP
        IF held.location IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('placeguard.unlocated.' || held.report, 0));
        ELSE
            PERFORM FROM location_state WHERE location = held.location AND view = 'open' FOR UPDATE;
        END IF;
        UPDATE alert SET claim_until = clock_timestamp()
        WHERE id = held.id AND is_open AND claimed_by = held.claimed_by AND claim_until > clock_timestamp();
        IF FOUND THEN
            INSERT INTO due (kind, subject, due_at, priority, reason)
            VALUES (CASE WHEN held.location IS NULL THEN 'unlocated' ELSE 'location' END,
                coalesce(held.location, held.report), clock_timestamp(), 2, 'timer');
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION end_claims_without_permission FROM PUBLIC;

-- At the end of the transaction: one that issues a new token beside the old takes nobody's claim.
CREATE CONSTRAINT TRIGGER claims_end AFTER UPDATE OF revoked ON token DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.revoked IS NULL AND NEW.revoked IS NOT NULL) EXECUTE FUNCTION end_claims_without_permission();
CREATE CONSTRAINT TRIGGER claims_end AFTER UPDATE OF suspended_at, agreement_until ON agency
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.suspended_at IS NULL AND NEW.suspended_at IS NOT NULL) OR NEW.agreement_until < OLD.agreement_until)
    EXECUTE FUNCTION end_claims_without_permission();
