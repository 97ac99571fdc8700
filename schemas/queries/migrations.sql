-- Migrations applied: number, checksum.
SELECT number, any(checksum)
FROM migrations
GROUP BY number
ORDER BY number
