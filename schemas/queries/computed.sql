-- The last recompute of each day and week: grain, day or Monday, run, basis,
-- visits, and the last event of any of its runs.
SELECT grain, period, max(run), argMax(basis, run), argMax(visits, run), max(last_event)
FROM computed
GROUP BY grain, period
