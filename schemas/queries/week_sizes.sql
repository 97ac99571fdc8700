-- How much each establishment has in some days: a row per UAI, with its visits.
SELECT uai, count()
FROM visits
WHERE day BETWEEN {from:Date} AND {to:Date}
GROUP BY uai
ORDER BY uai
