-- What was done with each week that has a computed day, by Monday: sum of the
-- runs of its days, basis and run of its last recompute, run that the last
-- recount found right, and whether it can no longer change.
SELECT days.week, days.runs, done.stood_on, done.latest, recounted.right, days.week IN (SELECT week FROM closed_weeks)
FROM
(
    SELECT toMonday(period) AS week, sum(latest) AS runs
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
LEFT JOIN
(
    SELECT period, argMax(if(differences = 0, run, 0), at) AS right
    FROM checks
    WHERE grain = 'semaine'
    GROUP BY period
) AS recounted ON days.week = recounted.period
ORDER BY days.week
