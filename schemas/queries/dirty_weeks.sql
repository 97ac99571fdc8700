-- Weeks one of whose days was recomputed after them, newest first: Monday,
-- basis, run of the last recompute (0 = never).
SELECT days.week, days.basis, done.run
FROM
(
    SELECT toMonday(period) AS week, sum(run) AS basis
    FROM (SELECT period, max(run) AS run FROM computed WHERE grain = 'jour' GROUP BY period)
    GROUP BY week
) AS days
LEFT JOIN
(
    SELECT period, max(run) AS run, argMax(basis, run) AS basis
    FROM computed
    WHERE grain = 'semaine'
    GROUP BY period
) AS done ON days.week = done.period
WHERE days.basis != done.basis
ORDER BY days.week DESC
