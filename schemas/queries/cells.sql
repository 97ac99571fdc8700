-- Cells of one territory as one: a row per period × axis × modality, summed
-- over the establishments of the territory in one directory.
SELECT
    if({total:Bool}, toDate(0), period) AS debut,
    {code:String} AS code,
    axe,
    modalite,
    sum(visits),
    sum(users),
    sum(duration_ms),
    sum(visits_with_duration),
    sum(events),
    count() AS schools
FROM {cells:Identifier}
WHERE period BETWEEN {from:Date} AND {to:Date}
    AND axe IN {axes:Array(String)}
    AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
    AND uai IN
    (
        SELECT uai
        FROM parts
        WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
    )
GROUP BY debut, axe, modalite
ORDER BY debut, axe, modalite
