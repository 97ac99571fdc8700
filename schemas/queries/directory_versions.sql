-- The latest directory of each school year: year, version, source, when.
SELECT annee, max(version) AS latest, argMax(source, version), argMax(imported_at, version)
FROM reference_versions
WHERE kind = 'annuaire'
GROUP BY annee
ORDER BY annee
