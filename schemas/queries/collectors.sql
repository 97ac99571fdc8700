-- The latest that each collector said of itself: a row per collector.
SELECT
    collector,
    max(at),
    argMax(ended, (at, sequence)),
    argMax(spool_events, (at, sequence)),
    argMax(spool_bytes, (at, sequence)),
    argMax(spool_since, (at, sequence))
FROM tallies
GROUP BY collector
ORDER BY collector
