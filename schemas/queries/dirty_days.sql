-- Days whose cells do not hold every stored batch, newest first: day, basis,
-- run of the last recompute (0 = never).
SELECT loaded.day, loaded.basis, done.latest
FROM (SELECT day, count() AS basis FROM loads GROUP BY day) AS loaded
LEFT JOIN
(
    SELECT period, max(run) AS latest, argMax(basis, run) AS stood_on
    FROM computed
    WHERE grain = 'jour'
    GROUP BY period
) AS done ON loaded.day = done.period
WHERE loaded.basis != done.stood_on
ORDER BY loaded.day DESC
