-- Writes which establishments of one version of the directory lie in which
-- territory, and in which of its children: a row per establishment × level.
INSERT INTO directory_parts (annee, version, niveau, code, child, uai)
SELECT annee, version, level.1, level.2, level.3, uai
FROM schools
ARRAY JOIN
[
    ('region', region, academie),
    ('academie', academie, dsden),
    ('dsden', dsden, if(circonscription != '', circonscription, uai)),
    ('circonscription', circonscription, uai),
    ('ecole', uai, uai)
] AS level
WHERE annee = {annee:UInt16} AND version = {version:UInt64}
