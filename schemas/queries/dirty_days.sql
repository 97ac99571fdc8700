-- Days whose cells do not hold every stored batch, newest first: day, basis,
-- run of the last recompute (0 = never).
SELECT loaded.day, loaded.basis, done.run
FROM (SELECT day, count() AS basis FROM loads GROUP BY day) AS loaded
LEFT JOIN
(
    SELECT period, max(run) AS run, argMax(basis, run) AS basis
    FROM computed
    WHERE grain = 'jour'
    GROUP BY period
) AS done ON loaded.day = done.period
WHERE loaded.basis != done.basis
ORDER BY loaded.day DESC
