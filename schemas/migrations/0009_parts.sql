-- Which establishments lie in which territory, at each of the five levels, and
-- in which of its children, in every version of the directory. An
-- establishment without circonscription is a child of its DSDEN. Nearly every
-- query of a page asks for one territory: it reads one run of rows here, where
-- the view before unfolded the whole directory each time.
CREATE TABLE directory_parts
(
    annee   UInt16,
    version UInt64,
    niveau  LowCardinality(String),
    code    LowCardinality(String),
    child   LowCardinality(String),
    uai     LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (annee, niveau, code, version, child, uai);

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
] AS level;

DROP VIEW parts;

-- The parts in the latest version of each school year.
CREATE VIEW parts AS
SELECT annee, niveau, code, child, uai
FROM directory_parts
WHERE (annee, version) IN
(
    SELECT annee, max(version)
    FROM reference_versions
    WHERE kind = 'annuaire'
    GROUP BY annee
);
