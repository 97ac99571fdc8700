-- Visits of a day, written only by the recompute. The arrays run in parallel:
-- one entry per service (or third-party tool) seen, in the order of the codes.
CREATE TABLE visits
(
    day            Date,
    uai            LowCardinality(String) CODEC(ZSTD(1)),
    visitor        UInt64 CODEC(ZSTD(1)),
    start          DateTime64(3, 'UTC') CODEC(Delta(8), T64('bit'), ZSTD(1)),
    duration_ms    UInt32 CODEC(ZSTD(1)),
    events         UInt32 CODEC(T64, ZSTD(1)),
    profil         LowCardinality(String) CODEC(ZSTD(1)),
    device         LowCardinality(String) CODEC(ZSTD(1)),
    os             LowCardinality(String) CODEC(ZSTD(1)),
    browser        LowCardinality(String) CODEC(ZSTD(1)),
    service        Array(LowCardinality(String)) CODEC(ZSTD(1)),
    service_events Array(UInt32) CODEC(ZSTD(1)),
    service_ms     Array(UInt32) CODEC(ZSTD(1)),
    service_gaps   Array(UInt32) CODEC(ZSTD(1)),
    outil          Array(LowCardinality(String)) CODEC(ZSTD(1)),
    outil_events   Array(UInt32) CODEC(ZSTD(1)),
    outil_ms       Array(UInt32) CODEC(ZSTD(1)),
    outil_gaps     Array(UInt32) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY day
ORDER BY (uai, visitor, start);

-- Cells: UAI × period × axis × modality. Written only by the recompute,
-- replaced partition by partition. Sorted by what a page filters first.
CREATE TABLE cells_hour
(
    axe                  LowCardinality(String),
    modalite             LowCardinality(String),
    uai                  LowCardinality(String),
    period               DateTime('UTC'),
    visits               UInt32,
    users                UInt32,
    duration_ms          UInt64,
    visits_with_duration UInt32,
    events               UInt32
)
ENGINE = MergeTree
PARTITION BY toDate(period, 'Europe/Paris')
ORDER BY (axe, modalite, uai, period);

CREATE TABLE cells_day
(
    axe                  LowCardinality(String),
    modalite             LowCardinality(String),
    uai                  LowCardinality(String),
    period               Date,
    visits               UInt32,
    users                UInt32,
    duration_ms          UInt64,
    visits_with_duration UInt32,
    events               UInt32
)
ENGINE = MergeTree
PARTITION BY period
ORDER BY (axe, modalite, uai, period);

CREATE TABLE cells_week
(
    axe                  LowCardinality(String),
    modalite             LowCardinality(String),
    uai                  LowCardinality(String),
    period               Date,
    visits               UInt32,
    users                UInt32,
    duration_ms          UInt64,
    visits_with_duration UInt32,
    events               UInt32
)
ENGINE = MergeTree
PARTITION BY period
ORDER BY (axe, modalite, uai, period);

-- What the recompute has done: the highest run of a period wins. basis says
-- what the cells were made from: for a day the number of its rows in loads, for
-- a week the sum of the runs of its days. No clock decides anything.
CREATE TABLE computed
(
    grain       LowCardinality(String),
    period      Date,
    run         UInt64,
    basis       UInt64,
    events      UInt64,
    visits      UInt64,
    last_event  DateTime64(3, 'UTC'),
    computed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(run)
ORDER BY (grain, period);

-- Where the recompute writes before it swaps partitions.
CREATE TABLE staging_visits AS visits;
CREATE TABLE staging_cells_hour AS cells_hour;
CREATE TABLE staging_cells_day AS cells_day;
CREATE TABLE staging_cells_week AS cells_week;
