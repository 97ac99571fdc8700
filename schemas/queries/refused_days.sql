-- Refused hits of some days of Paris: a row per day and reason. A hit is its place
-- in the queue, and is of the day on which it was first refused.
SELECT toDate(first, 'Europe/Paris') AS day, why, count()
FROM
(
    SELECT min(received) AS first, any(reason) AS why
    FROM refused
    WHERE toDate(received, 'Europe/Paris') BETWEEN {from:Date} AND {to:Date}
    GROUP BY queue_partition, queue_offset
)
GROUP BY day, why
ORDER BY day, why
