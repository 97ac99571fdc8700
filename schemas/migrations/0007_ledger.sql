-- Which offsets of the queue are stored: a row per unbroken run of batches that
-- one loader stored, whose end grows. Storing a batch twice changes nothing,
-- and no clock decides anything. A hole between the runs of a partition, below
-- what the group has committed, is a message that was never stored.
CREATE TABLE stored_runs
(
    topic           LowCardinality(String),
    queue_partition Int32,
    first_offset    Int64,
    last_offset     SimpleAggregateFunction(max, Int64)
)
ENGINE = AggregatingMergeTree
ORDER BY (topic, queue_partition, first_offset);

-- What collectors have counted: the latest row of a run stands for the run.
CREATE TABLE tallies
(
    run          String,
    collector    String,
    sequence     UInt64,
    at           DateTime64(3, 'UTC'),
    ended        Bool,
    received     UInt64,
    refused      Map(LowCardinality(String), UInt64),
    objected     UInt64,
    shed         UInt64,
    failed       UInt64,
    published    UInt64,
    spooled      UInt64,
    replayed     UInt64,
    spool_events UInt64,
    spool_bytes  UInt64,
    spool_since  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(sequence)
ORDER BY (collector, run);
