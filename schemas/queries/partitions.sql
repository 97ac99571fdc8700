-- Partitions that hold rows: a row per table and partition, whose identifier is
-- a day, or the month of refused hits.
SELECT table, partition_id
FROM system.parts
WHERE database = currentDatabase()
    AND active
    AND rows > 0
    AND table IN ('events', 'visits', 'cells_hour', 'cells_day', 'cells_week', 'withheld_week', 'refused')
GROUP BY table, partition_id
ORDER BY table, partition_id
