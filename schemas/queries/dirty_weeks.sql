-- Weeks one of whose days was recomputed after them, newest first: Monday,
-- basis, run of the last recompute (0 = never). A week that lost the visits of
-- a day is never one.
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
    AND days.week NOT IN (SELECT toMonday(day) FROM closed_days WHERE deleted)
ORDER BY days.week DESC
