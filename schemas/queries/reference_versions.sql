-- The latest version of each kind of reference data for each school year (0 for
-- data of no year): kind, year, version, source, when; oldest year first.
SELECT kind, annee, max(version) AS latest, argMax(source, version), argMax(imported_at, version)
FROM reference_versions
GROUP BY kind, annee
ORDER BY kind, annee
