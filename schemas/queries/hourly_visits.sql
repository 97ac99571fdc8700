-- Visits of all establishments by Paris day and hour, since a day: a row per
-- day and hour that has any.
SELECT toDate(period, 'Europe/Paris') AS day, toHour(period, 'Europe/Paris') AS hour, sum(visits)
FROM cells_hour
WHERE axe = 'globales' AND toDate(period, 'Europe/Paris') >= {from:Date}
GROUP BY day, hour
ORDER BY day, hour
