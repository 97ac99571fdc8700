-- Runs of offsets of one topic that are stored: a row per partition and run,
-- by partition and first offset.
SELECT queue_partition, first_offset, max(last_offset)
FROM stored_runs
WHERE topic = {topic:String}
GROUP BY queue_partition, first_offset
ORDER BY queue_partition, first_offset
