-- Writes what may be shown of the cells of one week: a row per territory or
-- establishment × axis × modality, and the row that says that the week is there.
INSERT INTO {target:Identifier}
    (niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, basis, decision)
SELECT
    niveau,
    axe,
    code,
    modalite,
    {week:Date},
    (niveau, code, axe, modalite) IN (SELECT niveau, code, axe, modalite FROM {withheld:Identifier} WHERE NOT fine_only) AS hidden,
    if(hidden, 0, sum(of_visits)),
    if(hidden, 0, sum(of_users)),
    if(hidden, 0, sum(of_ms)),
    if(hidden, 0, sum(of_visits_with_duration)),
    if(hidden, 0, sum(of_events)),
    if(hidden, 0, countIf(of_visits > 0)),
    {basis:UInt64},
    {decision:UInt64}
FROM
(
    SELECT
        parts.niveau AS niveau,
        parts.code AS code,
        cells.axe AS axe,
        cells.modalite AS modalite,
        toUInt64(cells.visits) AS of_visits,
        toUInt64(cells.users) AS of_users,
        cells.duration_ms AS of_ms,
        toUInt64(cells.visits_with_duration) AS of_visits_with_duration,
        toUInt64(cells.events) AS of_events
    FROM {cells:Identifier} AS cells
    INNER JOIN
    (
        SELECT niveau, code, uai
        FROM directory_parts
        WHERE annee = {annuaire:UInt16} AND version = {version:UInt64}
    ) AS parts ON cells.uai = parts.uai
    WHERE cells.period = {week:Date}
    UNION ALL
    SELECT niveau, code, axe, modalite, 0, 0, 0, 0, 0
    FROM {withheld:Identifier}
    WHERE niveau = 'ecole' AND NOT fine_only
)
GROUP BY niveau, code, axe, modalite
UNION ALL
SELECT '', '', '', '', {week:Date}, false, 0, 0, 0, 0, 0, 0, {basis:UInt64}, {decision:UInt64}
