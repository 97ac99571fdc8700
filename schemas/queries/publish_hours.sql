-- Writes the visits of one week by Paris hour, [from, to) in instants: a row per
-- territory or establishment × globales or profile. No hour of an establishment
-- is shown, nor any of a cell whose week or days are withheld.
INSERT INTO {target:Identifier}
    (niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision)
SELECT
    niveau,
    'heures',
    code,
    modalite,
    {week:Date},
    {threshold:UInt32} > 0
        AND (niveau = 'ecole' OR (niveau, code, axe, modalite) IN (SELECT niveau, code, axe, modalite FROM {withheld:Identifier})) AS hidden,
    0,
    0,
    0,
    0,
    0,
    0,
    if(hidden, CAST(map(), 'Map(UInt8, UInt64)'), sumMap(map(slot, visits))),
    {basis:UInt64},
    {decision:UInt64}
FROM
(
    SELECT
        parts.niveau AS niveau,
        parts.code AS code,
        cells.axe AS axe,
        cells.modalite AS modalite,
        toUInt8(24 * (toDayOfWeek(toTimeZone(cells.period, 'Europe/Paris')) - 1) + toHour(toTimeZone(cells.period, 'Europe/Paris'))) AS slot,
        sum(toUInt64(cells.visits)) AS visits
    FROM cells_hour AS cells
    INNER JOIN
    (
        SELECT niveau, code, uai
        FROM directory_parts
        WHERE annee = {annuaire:UInt16} AND version = {version:UInt64}
    ) AS parts ON cells.uai = parts.uai
    WHERE cells.period >= toDateTime({from:UInt32}, 'UTC') AND cells.period < toDateTime({to:UInt32}, 'UTC')
    GROUP BY niveau, code, axe, modalite, slot
)
GROUP BY niveau, code, axe, modalite
