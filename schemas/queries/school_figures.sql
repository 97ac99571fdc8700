-- Establishments of one territory over some weeks, on one modality: a row per
-- establishment that has a week, shown or withheld. Users and the ranks of weeks
-- are of weeks before the running one. Weeks withheld, and those whose decision
-- stands on another basis, are counted and left out of the rest.
SELECT
    code,
    sumIf(visits, shown),
    sumIf(users, shown AND period < {running:Date}),
    sumIf(duration_ms, shown),
    sumIf(visits_with_duration, shown),
    sumIf(events, shown),
    arraySort(groupArrayIf(toUInt8(intDiv(dateDiff('day', {first:Date}, period), 7)), shown AND visits > 0 AND period < {running:Date})) AS weeks,
    countIf(NOT shown)
FROM
(
    SELECT
        code, period, visits, users, duration_ms, visits_with_duration, events,
        NOT masque AND (NOT {closed:Bool} OR basis = {basis:UInt64}) AS shown
    FROM published_weeks
    WHERE niveau = 'ecole'
        AND axe = {axe:String}
        AND modalite = {modalite:String}
        AND code IN
        (
            SELECT uai
            FROM directory_parts
            WHERE annee = {annuaire:UInt16} AND version = {version:UInt64} AND niveau = {niveau:String} AND code = {code:String}
        )
        AND period BETWEEN {from:Date} AND {to:Date}
)
GROUP BY code
ORDER BY code
