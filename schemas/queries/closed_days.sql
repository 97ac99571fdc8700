-- Days that take no more events, in order: day, whether its raw events and
-- visits are gone, since when.
SELECT day, max(deleted), min(at)
FROM closed_days
GROUP BY day
ORDER BY day
