-- What was done with each day that was ever loaded or computed, by day: last
-- load, loads, basis and run of the last recompute, run that the last recount
-- found right, since when it is closed (epoch = open), and whether it is deleted.
SELECT
    day,
    max(loaded) AS last_load,
    sum(rows) AS loads,
    max(stood) AS basis,
    max(ran) AS run,
    max(right) AS checked,
    min(shut) AS closed,
    max(gone) AS deleted
FROM
(
    SELECT day, max(last) AS loaded, sum(batches) AS rows, 0 AS stood, 0 AS ran, 0 AS right, toDateTime64('2106-01-01 00:00:00', 3, 'UTC') AS shut, false AS gone
    FROM day_loads
    GROUP BY day
    UNION ALL
    SELECT period, toDateTime64(0, 3, 'UTC'), 0, argMax(computed.basis, computed.run), max(computed.run), 0, toDateTime64('2106-01-01 00:00:00', 3, 'UTC'), false
    FROM computed
    WHERE grain = 'jour'
    GROUP BY period
    UNION ALL
    SELECT period, toDateTime64(0, 3, 'UTC'), 0, 0, 0, argMax(if(differences = 0, checks.run, 0), at), toDateTime64('2106-01-01 00:00:00', 3, 'UTC'), false
    FROM checks
    WHERE grain = 'jour'
    GROUP BY period
    UNION ALL
    SELECT closed_days.day, toDateTime64(0, 3, 'UTC'), 0, 0, 0, 0, min(at), max(closed_days.deleted)
    FROM closed_days
    GROUP BY closed_days.day
)
GROUP BY day
ORDER BY day
