-- How much each establishment has in one Paris day: a row per UAI, with its
-- events as stored, repeats included.
SELECT uai, count()
FROM events
WHERE toDate(ts, 'Europe/Paris') = {day:Date}
GROUP BY uai
ORDER BY uai
