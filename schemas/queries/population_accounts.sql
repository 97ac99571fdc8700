-- Accounts of the ENT in one version: a row per UAI, profile and day.
SELECT uai, profil, day, persons, activated
FROM population
WHERE source = 'comptes' AND annee = {annee:UInt16} AND version = {version:UInt64}
ORDER BY uai, profil, day
