-- The highest version number of all reference data; one row, 0 = none.
SELECT max(version) FROM reference_versions
