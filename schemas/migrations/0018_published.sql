-- What pages may show of each week: the cells of every establishment and of every
-- territory above it, already summed, those that may not be shown without their
-- figures. Written with the decision of the week and replaced as one partition:
-- a figure that was withheld is not here to be found. Beside the axes of the
-- cells, ecoles counts establishments (actives: a visit by a pupil, a parent or a
-- teacher; visitees: any visit), and heures holds visits by Paris hour of the
-- week, 0 = Monday 00:00. basis names the directory, threshold and rule that the
-- decision stands on, decision its number. The row without a niveau says that
-- the week was published.
CREATE TABLE published
(
    niveau               LowCardinality(String),
    axe                  LowCardinality(String),
    code                 LowCardinality(String),
    modalite             LowCardinality(String),
    period               Date,
    masque               Bool,
    visits               UInt64 CODEC(T64, ZSTD(1)),
    users                UInt64 CODEC(T64, ZSTD(1)),
    duration_ms          UInt64 CODEC(T64, ZSTD(1)),
    visits_with_duration UInt64 CODEC(T64, ZSTD(1)),
    events               UInt64 CODEC(T64, ZSTD(1)),
    schools              UInt32 CODEC(T64, ZSTD(1)),
    hours                Map(UInt8, UInt64),
    basis                UInt64 CODEC(ZSTD(1)),
    decision             UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY period
ORDER BY (niveau, axe, code, modalite, period)
SETTINGS index_granularity = 2048;

CREATE TABLE staging_published AS published;

-- The same of weeks that were published a while ago, a partition per school
-- year: a page over two years opens a handful of partitions instead of a
-- hundred.
CREATE TABLE published_settled
(
    niveau               LowCardinality(String),
    axe                  LowCardinality(String),
    code                 LowCardinality(String),
    modalite             LowCardinality(String),
    period               Date,
    masque               Bool,
    visits               UInt64 CODEC(T64, ZSTD(1)),
    users                UInt64 CODEC(T64, ZSTD(1)),
    duration_ms          UInt64 CODEC(T64, ZSTD(1)),
    visits_with_duration UInt64 CODEC(T64, ZSTD(1)),
    events               UInt64 CODEC(T64, ZSTD(1)),
    schools              UInt32 CODEC(T64, ZSTD(1)),
    hours                Map(UInt8, UInt64),
    basis                UInt64 CODEC(ZSTD(1)),
    decision             UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(subtractMonths(period, 7))
ORDER BY (niveau, axe, code, modalite, period)
SETTINGS index_granularity = 2048;

CREATE TABLE staging_published_settled AS published_settled;

-- Wherever it is: a week published again after it was settled counts as it is in
-- published, so a week is never there twice.
CREATE VIEW published_weeks AS
SELECT niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision
FROM published
UNION ALL
SELECT niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision
FROM published_settled
WHERE period NOT IN (SELECT period FROM published WHERE niveau = '');

-- Every week is decided again, and published with its decision.
TRUNCATE TABLE disclosed;
