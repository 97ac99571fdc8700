-- Daily cells of one territory as one: a row per day × axis × modality, summed
-- over the establishments of the territory in one directory. Days withheld are
-- counted and left out of the sums.
SELECT
    if({total:Bool}, toDate(0), period) AS debut,
    {code:String} AS code,
    axe,
    modalite,
    sumIf(of_visits, shown),
    sumIf(of_users, shown),
    sumIf(of_ms, shown),
    sumIf(of_visits_with_duration, shown),
    sumIf(of_events, shown),
    maxIf(of_schools, shown),
    countIf(NOT shown) AS withheld,
    countIf(shown) AS periods
FROM
(
    SELECT
        period,
        axe,
        modalite,
        sum(visits) AS of_visits,
        sum(users) AS of_users,
        sum(duration_ms) AS of_ms,
        sum(visits_with_duration) AS of_visits_with_duration,
        sum(events) AS of_events,
        countIf(visits > 0) AS of_schools,
        {threshold:UInt32} = 0
            OR (toMonday(period), axe, modalite) NOT IN
            (
                SELECT period, axe, modalite
                FROM withheld_week
                WHERE period BETWEEN toMonday({from:Date}) AND {to:Date}
                    AND niveau = {niveau:String}
                    AND code = {code:String}
            )
            AND (NOT {closed:Bool} OR toMonday(period) IN
            (
                SELECT period
                FROM disclosed FINAL
                WHERE threshold = {threshold:UInt32} AND rule = {rule:UInt32}
                    AND annuaire = {annuaire:UInt16} AND version = {version:UInt64}
            )) AS shown
    FROM cells_day
    WHERE period BETWEEN {from:Date} AND {to:Date}
        AND axe IN {axes:Array(String)}
        AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
        AND uai IN
        (
            SELECT uai
            FROM parts
            WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
        )
    GROUP BY period, axe, modalite
)
GROUP BY debut, axe, modalite
ORDER BY debut, axe, modalite
