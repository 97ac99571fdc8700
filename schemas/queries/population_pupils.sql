-- Pupils of the establishments in one version of the
-- effectifs: a row per UAI.
SELECT uai, persons
FROM population
WHERE source = 'effectifs' AND annee = {annee:UInt16} AND version = {version:UInt64}
ORDER BY uai
