-- The last week with an event of each establishment of a territory, among the
-- weeks of a period: a row per UAI that has any.
SELECT uai, max(period)
FROM cells_weeks
WHERE axe = 'globales'
    AND period BETWEEN {from:Date} AND {to:Date}
    AND uai IN
    (
        SELECT uai
        FROM parts
        WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
    )
GROUP BY uai
ORDER BY uai
