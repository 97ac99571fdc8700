-- Days that take no more events. deleted says that their raw events and visits
-- are gone, so that recomputing them would destroy their cells; the latest row
-- of a day wins, and deleted is never taken back.
CREATE TABLE closed_days
(
    day     Date,
    deleted Bool,
    at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (day, at);

-- Weekly cells that can no longer change, a partition per school year: a page
-- over two years opens a handful of partitions instead of a hundred.
CREATE TABLE cells_week_closed
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
PARTITION BY toYear(subtractMonths(period, 7))
ORDER BY (axe, modalite, uai, period);

CREATE TABLE staging_cells_week_closed AS cells_week_closed;

-- A row here switches a week from cells_week to cells_week_closed.
CREATE TABLE closed_weeks
(
    week Date,
    at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY week;

-- The weekly cells, wherever they are: what everything reads.
CREATE VIEW cells_weeks AS
SELECT axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events
FROM cells_week
WHERE period NOT IN (SELECT week FROM closed_weeks)
UNION ALL
SELECT axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events
FROM cells_week_closed
WHERE period IN (SELECT week FROM closed_weeks);

-- Recounts from the raw events: a row per day or week and recount. run is the
-- recompute whose cells were compared.
CREATE TABLE checks
(
    grain       LowCardinality(String),
    period      Date,
    run         UInt64,
    cells       UInt64,
    differences UInt64,
    at          DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (grain, period, at);

-- What pilots must know to read some figures, such as a week key that was
-- lost. Named by its content, so that storing it twice counts once.
CREATE TABLE incidents
(
    kind LowCardinality(String),
    week Date,
    at   DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (kind, week, at);

-- When the nightly work was last done.
CREATE TABLE jobs
(
    name LowCardinality(String),
    at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (name, at);
