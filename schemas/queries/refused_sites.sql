-- Refused hits of some days of Paris by where they come from: a row per site, plan,
-- reason and detail, most first. The place of a message that cannot be read is no
-- detail.
SELECT s, generation, why, what, count() AS hits, toDate(min(first), 'Europe/Paris'), toDate(max(first), 'Europe/Paris')
FROM
(
    SELECT
        min(received) AS first,
        any(site) AS s,
        any(plan) AS generation,
        any(reason) AS why,
        if(any(detail) LIKE '%/%', '', any(detail)) AS what
    FROM refused
    WHERE toDate(received, 'Europe/Paris') BETWEEN {from:Date} AND {to:Date}
    GROUP BY queue_partition, queue_offset
)
GROUP BY s, generation, why, what
ORDER BY hits DESC, s, generation, why, what
LIMIT 200
