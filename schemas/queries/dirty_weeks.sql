-- Weeks one of whose days was recomputed after them, newest first: Monday,
-- basis, run of the last recompute (0 = never).
SELECT days.week, days.basis, done.latest
FROM
(
    SELECT toMonday(period) AS week, sum(latest) AS basis
    FROM (SELECT period, max(run) AS latest FROM computed WHERE grain = 'jour' GROUP BY period)
    GROUP BY week
) AS days
LEFT JOIN
(
    SELECT period, max(run) AS latest, argMax(basis, run) AS stood_on
    FROM computed
    WHERE grain = 'semaine'
    GROUP BY period
) AS done ON days.week = done.period
WHERE days.basis != done.stood_on
ORDER BY days.week DESC
