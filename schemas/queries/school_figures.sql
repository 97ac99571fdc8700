-- Establishments of one territory over some weeks, on one modality: a row per
-- establishment with a visit. Users and the ranks of weeks are of weeks before
-- the running one. Weeks withheld are counted and left out of the rest.
SELECT
    uai,
    sumIf(visits, shown),
    sumIf(users, shown AND period < {running:Date}),
    sumIf(duration_ms, shown),
    sumIf(visits_with_duration, shown),
    sumIf(events, shown),
    arraySort(groupArrayIf(toUInt8(intDiv(dateDiff('day', {first:Date}, period), 7)), shown AND period < {running:Date})) AS weeks,
    countIf(NOT shown)
FROM
(
    SELECT
        uai,
        period,
        visits,
        users,
        duration_ms,
        visits_with_duration,
        events,
        {threshold:UInt32} = 0
            OR (period, uai) NOT IN
            (
                SELECT period, code
                FROM withheld_week
                WHERE period BETWEEN {from:Date} AND {to:Date}
                    AND niveau = 'ecole'
                    AND axe = {axe:String}
                    AND modalite = {modalite:String}
                    AND NOT fine_only
            )
            AND period IN
            (
                SELECT period
                FROM disclosed FINAL
                WHERE threshold = {threshold:UInt32} AND rule = {rule:UInt32}
                    AND annuaire = {annuaire:UInt16} AND version = {version:UInt64}
            ) AS shown
    FROM cells_weeks
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
)
GROUP BY uai
ORDER BY uai
