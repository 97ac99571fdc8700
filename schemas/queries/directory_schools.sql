-- Establishments of one version of the directory: a row per UAI.
SELECT
    uai, name, commune, code_postal, nature, nature_label, secteur, ministere, region, academie, dsden,
    circonscription, pupils, open, public_primary, priority, rpi, latitude, longitude
FROM schools
WHERE annee = {annee:UInt16} AND version = {version:UInt64}
ORDER BY uai
