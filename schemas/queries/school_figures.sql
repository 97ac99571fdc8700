-- Establishments of one territory over some weeks, on one modality: a row per
-- establishment with a visit. Users and the ranks of weeks are of weeks before
-- the running one.
SELECT
    uai,
    sum(visits),
    sumIf(users, period < {running:Date}),
    sum(duration_ms),
    sum(visits_with_duration),
    sum(events),
    arraySort(groupArrayIf(toUInt8(intDiv(dateDiff('day', {first:Date}, period), 7)), period < {running:Date})) AS weeks
FROM cells_week
WHERE period BETWEEN {from:Date} AND {to:Date}
    AND axe = {axe:String}
    AND modalite = {modalite:String}
    AND visits > 0
    AND uai IN
    (
        SELECT uai
        FROM parts
        WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
    )
GROUP BY uai
ORDER BY uai
