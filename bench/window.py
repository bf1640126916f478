"""The yardstick: the envelope of every cell, live over the claims, in one SQL query with windows.

It knows claims about one side with a best, revised by relation or not: nothing of parts, wholes, members, periods.
"""

BY_SIDE = "PARTITION BY event_id, harm, subject_side_id"
WINDOW = f"""
WITH standing AS (
    SELECT claim.event_id, claim.harm, claim.subject_side_id, COALESCE(low, best, 0) AS low, best,
        COALESCE(high, best) AS high, COALESCE('camp ' || claimant.side_id, 'claimant ' || claimant.id) AS voice
    FROM claim JOIN claimant ON claimant.id = claim.claimant_id
    WHERE claim.kind = 'casualty' AND claim.measure = 'incident' AND claim.status = 'active'
        AND NOT EXISTS (SELECT 1 FROM relation WHERE target_id = claim.id AND kind = 'supersedes')
), voiced AS (
    SELECT *, ROW_NUMBER() OVER ({BY_SIDE}, voice ORDER BY best) AS at, COUNT(*) OVER ({BY_SIDE}, voice) AS number,
        MIN(low) OVER ({BY_SIDE}) AS lowest, MAX(high) OVER ({BY_SIDE}) AS highest
    FROM standing
), middles AS (
    SELECT *, ROW_NUMBER() OVER ({BY_SIDE} ORDER BY best) AS place, COUNT(*) OVER ({BY_SIDE}) AS voices
    FROM voiced WHERE at = (number + 1) / 2
)
SELECT conflict.slug, side.slug, harm, substr(event.started_on, 1, 4) AS year, SUM(lowest), SUM(best), SUM(highest)
FROM middles JOIN event ON event.id = event_id JOIN conflict ON conflict.id = event.conflict_id
    JOIN side ON side.id = subject_side_id
WHERE middles.place = (voices + 1) / 2
GROUP BY 1, 2, 3, 4
"""
