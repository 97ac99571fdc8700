-- Cells of every establishment in one week: a row per axis × modality × UAI.
SELECT uai, axe, modalite, visits, users, duration_ms, visits_with_duration, events
FROM {cells:Identifier}
WHERE period = {week:Date}
