-- Refused hits since the beginning: a row per reason.
SELECT reason, uniqExact(queue_partition, queue_offset) AS hits
FROM refused
GROUP BY reason
ORDER BY hits DESC, reason
