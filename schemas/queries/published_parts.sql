-- Weekly cells of the children of a territory, or of its establishments or some of
-- them: a row per period × part × axis × modality. Periods withheld are counted and left out
-- of the sums; an establishment also has those in which it has no visit. With
-- closed, weeks whose decision stands on another basis are withheld.
SELECT
    if({total:Bool}, toDate(0), period) AS debut,
    code,
    axe,
    modalite,
    sumIf(visits, shown),
    sumIf(users, shown),
    sumIf(duration_ms, shown),
    sumIf(visits_with_duration, shown),
    sumIf(events, shown),
    toUInt64(maxIf(schools, shown)),
    countIf(NOT shown),
    countIf(shown)
FROM
(
    SELECT
        period, code, axe, modalite, visits, users, duration_ms, visits_with_duration, events, schools,
        NOT masque AND (NOT {closed:Bool} OR basis = {basis:UInt64}) AS shown
    FROM published_weeks
    WHERE niveau IN {niveaux:Array(String)}
        AND axe IN {axes:Array(String)}
        AND code IN
        (
            SELECT if({detail:String} = 'ecoles', uai, child)
            FROM directory_parts
            WHERE annee = {annuaire:UInt16} AND version = {version:UInt64} AND niveau = {niveau:String} AND code = {code:String}
        )
        AND (empty({schools:Array(String)}) OR code IN {schools:Array(String)})
        AND period BETWEEN {from:Date} AND {to:Date}
        AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
)
GROUP BY debut, code, axe, modalite
ORDER BY debut, code, axe, modalite
