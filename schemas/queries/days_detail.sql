-- Daily cells of the parts of one territory, its children or its establishments:
-- a row per day × part × axis × modality. An establishment of a DSDEN without
-- circonscription is a child of its own; with above, such are left out. Days
-- withheld are counted and left out of the sums.
WITH inside AS
(
    SELECT uai, if({detail:String} = 'ecoles', uai, child) AS part
    FROM parts
    WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
        AND (NOT {above:Bool} OR child != uai)
)
SELECT
    if({total:Bool}, toDate(0), period) AS debut,
    part AS code,
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
        inside.part AS part,
        axe,
        modalite,
        sum(visits) AS of_visits,
        sum(users) AS of_users,
        sum(duration_ms) AS of_ms,
        sum(visits_with_duration) AS of_visits_with_duration,
        sum(events) AS of_events,
        countIf(visits > 0) AS of_schools,
        {threshold:UInt32} = 0
            OR (toMonday(period), part, axe, modalite) NOT IN
            (
                SELECT period, code, axe, modalite
                FROM withheld_week
                WHERE period BETWEEN toMonday({from:Date}) AND {to:Date}
                    AND niveau IN {niveaux:Array(String)}
                    AND code IN (SELECT part FROM inside)
                    AND axe IN {axes:Array(String)}
            )
            AND (NOT {closed:Bool} OR toMonday(period) IN
            (
                SELECT period
                FROM disclosed FINAL
                WHERE threshold = {threshold:UInt32} AND rule = {rule:UInt32}
                    AND annuaire = {annuaire:UInt16} AND version = {version:UInt64}
            )) AS shown
    FROM cells_day AS cells
    INNER JOIN inside ON cells.uai = inside.uai
    WHERE period BETWEEN {from:Date} AND {to:Date}
        AND axe IN {axes:Array(String)}
        AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
    GROUP BY period, part, axe, modalite
)
GROUP BY debut, code, axe, modalite
ORDER BY debut, code, axe, modalite
