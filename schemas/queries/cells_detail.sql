-- Cells of the parts of one territory, its children or its establishments: a
-- row per period × part × axis × modality. An establishment of a DSDEN without
-- circonscription is a child of its own.
WITH inside AS
(
    SELECT uai, if({detail:String} = 'ecoles', uai, child) AS part
    FROM parts
    WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
)
SELECT
    if({total:Bool}, toDate(0), period) AS debut,
    inside.part AS code,
    axe,
    modalite,
    sum(visits),
    sum(users),
    sum(duration_ms),
    sum(visits_with_duration),
    sum(events),
    count() AS schools
FROM {cells:Identifier} AS cells
INNER JOIN inside ON cells.uai = inside.uai
WHERE period BETWEEN {from:Date} AND {to:Date}
    AND axe IN {axes:Array(String)}
    AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
GROUP BY debut, code, axe, modalite
ORDER BY debut, code, axe, modalite
