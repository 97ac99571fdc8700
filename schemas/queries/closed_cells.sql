-- Weeks that have cells among those that can no longer change: Mondays.
SELECT DISTINCT period
FROM cells_week_closed
WHERE period IN (SELECT week FROM closed_weeks)
ORDER BY period
