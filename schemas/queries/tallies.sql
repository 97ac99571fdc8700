-- Sum of what all runs of all collectors counted; one row. Cut are the runs
-- that did not end in order, but the latest of each collector.
SELECT
    count(),
    countIf(NOT ended AND NOT latest),
    sum(received),
    sumMap(CAST(refused, 'Map(String, UInt64)')),
    sum(objected),
    sum(shed),
    sum(failed),
    sum(published),
    sum(spooled),
    sum(replayed),
    sum(corrected),
    sum(unknown_profiles),
    sum(unknown_services)
FROM
(
    SELECT *, row_number() OVER (PARTITION BY collector ORDER BY seen DESC, run) = 1 AS latest
    FROM tallies FINAL
)
