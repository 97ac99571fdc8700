-- Days that take no more events, in order: day, whether its raw events and
-- visits are gone.
SELECT day, max(deleted)
FROM closed_days
GROUP BY day
ORDER BY day
