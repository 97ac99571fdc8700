-- The latest that each collector said of itself: a row per collector. The latest
-- is what was stored last, and within a run the highest number: its clock may
-- have been set back.
SELECT
    collector,
    argMax(at, (seen, sequence)),
    argMax(ended, (seen, sequence)),
    argMax(spool_events, (seen, sequence)),
    argMax(spool_bytes, (seen, sequence)),
    argMax(spool_since, (seen, sequence))
FROM tallies FINAL
GROUP BY collector
ORDER BY collector
