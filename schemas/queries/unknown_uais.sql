-- Establishments that sent events on some days and that no directory knows: a row
-- per UAI, most events first.
SELECT uai, sum(events) AS n, min(period), max(period)
FROM cells_day
WHERE axe = 'globales'
    AND period BETWEEN {from:Date} AND {to:Date}
    AND uai NOT IN (SELECT uai FROM school_territories)
GROUP BY uai
ORDER BY n DESC, uai
LIMIT 1000
