-- The latest version of one kind of reference data for each school year (0 for
-- data of no year): year, version, source, when.
SELECT annee, max(version) AS latest, argMax(source, version), argMax(imported_at, version)
FROM reference_versions
WHERE kind = {kind:String}
GROUP BY annee
ORDER BY annee
