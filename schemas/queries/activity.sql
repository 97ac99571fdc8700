-- Active establishments: a row per week × part of the territory, counting those
-- with a visit by a pupil, a parent or a teacher.
WITH inside AS
(
    SELECT uai, multiIf({detail:String} = '', code, {detail:String} = 'ecoles', uai, child) AS part
    FROM parts
    WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
)
SELECT period, inside.part AS code, uniqExact(uai)
FROM cells_weeks AS cells
INNER JOIN inside ON cells.uai = inside.uai
WHERE period BETWEEN {from:Date} AND {to:Date}
    AND axe = 'profil'
    AND modalite IN ('ELEVE', 'PARENT', 'ENSEIGNANT')
GROUP BY period, code
ORDER BY period, code
