-- How fast batches were stored lately: events of those after the first batch of
-- the last minutes, and the milliseconds from the first to the last; one row.
SELECT
    sumIf(rows, loaded_at > since.first),
    dateDiff('millisecond', any(since.first), max(loaded_at))
FROM loads
CROSS JOIN
(
    SELECT min(loaded_at) AS first
    FROM loads
    WHERE loaded_at >= now64(3, 'UTC') - toIntervalMinute({minutes:UInt8})
) AS since
WHERE loaded_at >= now64(3, 'UTC') - toIntervalMinute({minutes:UInt8})
