-- The last recount of each day and week: grain, period, run, cells compared,
-- differences, when; by grain and period.
SELECT grain, period, argMax(run, at), argMax(cells, at), argMax(differences, at), max(at)
FROM checks
GROUP BY grain, period
ORDER BY grain, period
