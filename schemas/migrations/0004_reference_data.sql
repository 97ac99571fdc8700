-- School calendar, denominators and enrolments: versions kept, as for the
-- directory; a version is visible once it has its row in reference_versions.

-- Days without classes, one row per zone and break, national file. resume is
-- the morning on which classes resume, exclusive; the epoch when it is not
-- published. The file holds many school years: its versions have annee 0.
CREATE TABLE calendar
(
    version     UInt64,
    zone        LowCardinality(String),
    description String,
    population  LowCardinality(String),
    first       Date,
    resume      Date
)
ENGINE = MergeTree
ORDER BY (version, zone, first);

-- Who could use the ENT: pupils of the effectifs (source 'effectifs', profil
-- ELEVE), accounts that the ENT says it holds (source 'comptes'). -1 = unknown.
CREATE TABLE population
(
    annee     UInt16,
    version   UInt64,
    source    LowCardinality(String),
    uai       String,
    profil    LowCardinality(String),
    day       Date,
    persons   Int32,
    activated Int32
)
ENGINE = MergeTree
ORDER BY (source, annee, version, uai, profil, day);

-- Which establishments are enrolled, and by which collectivity. enrolled_on is
-- the epoch when the file does not say.
CREATE TABLE enrolments
(
    annee       UInt16,
    version     UInt64,
    uai         String,
    collectivite LowCardinality(String),
    enrolled_on Date
)
ENGINE = MergeTree
ORDER BY (annee, version, uai);
