-- The days of establishments, none of which is shown: a row per day × UAI × axis ×
-- modality of every week in which the establishment has a cell of the modality,
-- shown or withheld, whether or not the day has one. With lone, of those without circonscription alone.
SELECT if({total:Bool}, toDate(0), day) AS debut, uai, axe, modalite, count()
FROM (SELECT axe, modalite, code AS uai, period FROM published_weeks WHERE niveau = 'ecole')
ARRAY JOIN arrayMap(n -> period + n, range(7)) AS day
WHERE period BETWEEN toMonday({from:Date}) AND {to:Date}
    AND day BETWEEN {from:Date} AND {to:Date}
    AND axe IN {axes:Array(String)}
    AND axe NOT IN ('frequence', 'ecoles', 'heures')
    AND ({profil:String} = '' OR modalite = {profil:String} OR startsWith(modalite, concat({profil:String}, '×')))
    AND uai IN
    (
        SELECT uai
        FROM parts
        WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
            AND (NOT {lone:Bool} OR child = uai)
    )
GROUP BY debut, uai, axe, modalite
ORDER BY debut, uai, axe, modalite
