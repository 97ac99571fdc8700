-- Days whose cells do not hold every stored batch, newest first: day, basis,
-- run of the last recompute (0 = never). A day whose raw events are gone is
-- never one: it cannot be recomputed.
SELECT loaded.day, loaded.basis, done.latest
FROM (SELECT day, sum(batches) AS basis FROM day_loads GROUP BY day) AS loaded
LEFT JOIN
(
    SELECT period, max(run) AS latest, argMax(basis, run) AS stood_on
    FROM computed
    WHERE grain = 'jour'
    GROUP BY period
) AS done ON loaded.day = done.period
WHERE loaded.basis != done.stood_on
    AND loaded.day NOT IN (SELECT day FROM closed_days WHERE deleted)
ORDER BY loaded.day DESC
