-- Territories above the establishments in one version of the directory.
SELECT niveau, code, name, parent_niveau, parent_code
FROM territories
WHERE annee = {annee:UInt16} AND version = {version:UInt64}
ORDER BY niveau, code
