-- Writes the cells of one period, a day or a week, from its visits, of the
-- establishments [first, beyond): one row per
-- axis × modality × UAI. users are distinct visitors, whom the UAI contains.
INSERT INTO {target:Identifier}
    (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT
    multiIf(
        grouping(profil) = 0 AND grouping(device) = 0, 'profil×appareil',
        grouping(profil) = 0, 'profil',
        grouping(device) = 0, 'appareil',
        grouping(os) = 0, 'os',
        grouping(browser) = 0, 'navigateur',
        'globales') AS axe,
    multiIf(
        axe = 'globales', 'globales',
        axe = 'profil×appareil', concat(profil, '×', device),
        concat(profil, device, os, browser)) AS modalite,
    uai,
    {period:Date},
    count(),
    uniqExact(visitor),
    sum(duration_ms),
    countIf(events > 1),
    sum(events)
FROM {visits:Identifier}
WHERE day BETWEEN {from:Date} AND {to:Date}
    AND uai >= {first:String}
    AND ({beyond:String} = '' OR uai < {beyond:String})
GROUP BY GROUPING SETS ((uai), (uai, profil), (uai, device), (uai, os), (uai, browser), (uai, profil, device))

UNION ALL

SELECT
    if(grouping(profil) = 0, 'profil×service', 'service'),
    if(grouping(profil) = 0, concat(profil, '×', seen), seen),
    uai,
    {period:Date},
    count(),
    uniqExact(visitor),
    sum(seen_ms),
    countIf(seen_gaps > 0),
    sum(seen_events)
FROM {visits:Identifier}
ARRAY JOIN service AS seen, service_ms AS seen_ms, service_gaps AS seen_gaps, service_events AS seen_events
WHERE day BETWEEN {from:Date} AND {to:Date}
    AND uai >= {first:String}
    AND ({beyond:String} = '' OR uai < {beyond:String})
GROUP BY GROUPING SETS ((uai, seen), (uai, seen, profil))

UNION ALL

SELECT
    'outil',
    seen,
    uai,
    {period:Date},
    count(),
    uniqExact(visitor),
    sum(seen_ms),
    countIf(seen_gaps > 0),
    sum(seen_events)
FROM {visits:Identifier}
ARRAY JOIN outil AS seen, outil_ms AS seen_ms, outil_gaps AS seen_gaps, outil_events AS seen_events
WHERE day BETWEEN {from:Date} AND {to:Date}
    AND uai >= {first:String}
    AND ({beyond:String} = '' OR uai < {beyond:String})
GROUP BY uai, seen
