-- Cells of every establishment in one week on some axes: a row per UAI, with
-- parallel arrays of modalities and measures.
SELECT
    uai,
    groupArray(modalite),
    groupArray(visits),
    groupArray(users),
    groupArray(duration_ms),
    groupArray(visits_with_duration),
    groupArray(events)
FROM cells_weeks
WHERE period = {week:Date} AND axe IN {axes:Array(String)}
GROUP BY uai
ORDER BY uai
