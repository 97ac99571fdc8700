-- Raw events, one row each. Sorted by all of their content: storage may drop
-- exact repeats at any time, and what is left never depends on the order in
-- which batches arrived. A partition is a Paris day.
CREATE TABLE events
(
    ts      DateTime64(3, 'UTC') CODEC(Delta(8), T64('bit'), ZSTD(1)),
    uai     LowCardinality(String) CODEC(ZSTD(1)),
    visitor UInt64 CODEC(ZSTD(1)),
    profil  LowCardinality(String) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    type    LowCardinality(String) CODEC(ZSTD(1)),
    outil   LowCardinality(String) CODEC(ZSTD(1)),
    device  LowCardinality(String) CODEC(ZSTD(1)),
    os      LowCardinality(String) CODEC(ZSTD(1)),
    browser LowCardinality(String) CODEC(ZSTD(1)),
    plan    UInt8 CODEC(ZSTD(1)),
    projet  LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(ts, 'Europe/Paris')
PRIMARY KEY (uai, visitor, ts)
ORDER BY (uai, visitor, ts, service, outil, profil, type, device, os, browser, plan, projet);

-- One row per batch stored and day touched: what is dirty, and how far we are.
CREATE TABLE loads
(
    day          Date,
    topic        LowCardinality(String),
    partitions   Array(Int32),
    first_offset Array(Int64),
    last_offset  Array(Int64),
    rows         UInt64,
    loaded_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toMonday(day)
ORDER BY (day, loaded_at);

-- One row per refused hit, named by its place in the queue so that storing it
-- twice counts once.
CREATE TABLE refused
(
    received        DateTime64(3, 'UTC'),
    reason          LowCardinality(String),
    site            LowCardinality(String),
    plan            UInt8,
    detail          LowCardinality(String),
    queue_partition Int32,
    queue_offset    Int64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (queue_partition, queue_offset);
