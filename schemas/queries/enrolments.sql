-- Establishments enrolled in one version: UAI, collectivity, when (the epoch
-- when not said).
SELECT uai, collectivite, enrolled_on
FROM enrolments
WHERE annee = {annee:UInt16} AND version = {version:UInt64}
ORDER BY uai
