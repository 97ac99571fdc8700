-- Writes the cells of the hours of one Paris day from its visits, of the
-- establishments [first, beyond): one row per axis × modality × UAI × hour in
-- which a visit began.
INSERT INTO {target:Identifier}
    (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT
    if(grouping(profil) = 0, 'profil', 'globales') AS axe,
    if(grouping(profil) = 0, profil, 'globales') AS modalite,
    uai,
    toStartOfHour(start, 'UTC') AS hour,
    count(),
    uniqExact(visitor),
    sum(duration_ms),
    countIf(events > 1),
    sum(events)
FROM {visits:Identifier}
WHERE day = {day:Date}
    AND uai >= {first:String}
    AND ({beyond:String} = '' OR uai < {beyond:String})
GROUP BY GROUPING SETS ((uai, hour), (uai, hour, profil))
