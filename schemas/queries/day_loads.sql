-- What arrived of each day: day, batches that touched it, when the last of them
-- was stored.
SELECT day, sum(batches), max(last)
FROM day_loads
GROUP BY day
