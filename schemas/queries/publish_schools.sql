-- Writes how many establishments were visited in one week, and how many by a
-- pupil, a parent or a teacher: a row per territory or establishment × which,
-- where there is any.
INSERT INTO {target:Identifier}
    (niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, basis, decision)
SELECT
    niveau,
    'ecoles',
    code,
    if(axe = 'globales', 'visitees', 'actives') AS which,
    {week:Date},
    false,
    0,
    0,
    0,
    0,
    0,
    uniqExact(uai),
    {basis:UInt64},
    {decision:UInt64}
FROM
(
    SELECT parts.niveau AS niveau, parts.code AS code, cells.axe AS axe, cells.uai AS uai
    FROM {cells:Identifier} AS cells
    INNER JOIN
    (
        SELECT niveau, code, uai
        FROM directory_parts
        WHERE annee = {annuaire:UInt16} AND version = {version:UInt64}
    ) AS parts ON cells.uai = parts.uai
    WHERE cells.period = {week:Date}
        AND (cells.axe = 'globales' OR cells.axe = 'profil' AND cells.modalite IN ('ELEVE', 'PARENT', 'ENSEIGNANT'))
)
GROUP BY niveau, code, which
