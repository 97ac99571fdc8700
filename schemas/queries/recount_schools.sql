-- How many raw events each establishment has over some Paris days: a row per
-- UAI, by UAI.
SELECT uai, count()
FROM events
WHERE toDate(ts, 'Europe/Paris') BETWEEN {from:Date} AND {to:Date}
GROUP BY uai
ORDER BY uai
