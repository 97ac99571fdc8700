-- Writes the bands of frequency of one week from its visits, of the
-- establishments [first, beyond): one row per band ×
-- UAI, over the visitors whose visits in the week fall in the band.
INSERT INTO {target:Identifier}
    (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT
    'frequence',
    multiIf(n = 1, '1', n < 5, '2-4', '5+') AS band,
    uai,
    {period:Date},
    sum(n),
    count(),
    sum(ms),
    sum(with_duration),
    sum(pages)
FROM
(
    SELECT uai, visitor, count() AS n, sum(duration_ms) AS ms, countIf(events > 1) AS with_duration, sum(events) AS pages
    FROM {visits:Identifier}
    WHERE day BETWEEN {from:Date} AND {to:Date}
        AND uai >= {first:String}
        AND ({beyond:String} = '' OR uai < {beyond:String})
    GROUP BY uai, visitor
)
GROUP BY uai, band
