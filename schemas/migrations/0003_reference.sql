-- Reference data, versions kept. A version is visible once it has its row in
-- reference_versions, whole or not at all; the latest of a school year wins.
CREATE TABLE reference_versions
(
    kind        LowCardinality(String),
    annee       UInt16,
    version     UInt64,
    source      String,
    rows        UInt64,
    imported_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (kind, annee, version);

CREATE TABLE schools
(
    annee           UInt16,
    version         UInt64,
    uai             String,
    name            String,
    commune         String,
    code_postal     String,
    nature          LowCardinality(String),
    nature_label    LowCardinality(String),
    secteur         LowCardinality(String),
    ministere       LowCardinality(String),
    region          LowCardinality(String),
    academie        LowCardinality(String),
    dsden           LowCardinality(String),
    circonscription LowCardinality(String),
    pupils          Int32,
    open            Bool,
    public_primary  Bool,
    priority        LowCardinality(String),
    rpi             Bool,
    latitude        Float64,
    longitude       Float64
)
ENGINE = MergeTree
ORDER BY (annee, version, uai);

CREATE TABLE territories
(
    annee         UInt16,
    version       UInt64,
    niveau        LowCardinality(String),
    code          String,
    name          String,
    parent_niveau LowCardinality(String),
    parent_code   String
)
ENGINE = MergeTree
ORDER BY (annee, version, niveau, code);

-- The latest version of each school year, as the territory of its schools.
CREATE VIEW school_territories AS
SELECT annee, uai, region, academie, dsden, circonscription, public_primary
FROM schools
WHERE (annee, version) IN
(
    SELECT annee, max(version)
    FROM reference_versions
    WHERE kind = 'annuaire'
    GROUP BY annee
);

-- Which establishments lie in which territory, at each of the five levels, and
-- in which of its children. An establishment without circonscription is a
-- child of its DSDEN.
CREATE VIEW parts AS
SELECT annee, level.1 AS niveau, level.2 AS code, level.3 AS child, uai
FROM school_territories
ARRAY JOIN
[
    ('region', region, academie),
    ('academie', academie, dsden),
    ('dsden', dsden, if(circonscription != '', circonscription, uai)),
    ('circonscription', circonscription, uai),
    ('ecole', uai, uai)
] AS level;
