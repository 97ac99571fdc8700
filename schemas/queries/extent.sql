-- First and last day that have a visit: one row; days counts them.
SELECT min(period), max(period), count()
FROM (SELECT period, argMax(visits, run) AS seen FROM computed WHERE grain = 'jour' GROUP BY period)
WHERE seen > 0
