-- What loads sums up to, a row per day: batches that touched it, and when the
-- first and the last of them were stored. What is dirty is asked of every page:
-- it must not cost more with each batch. The loads themselves go with the raw
-- events of their week; this stays.
CREATE TABLE day_loads
(
    day     Date,
    batches SimpleAggregateFunction(sum, UInt64),
    first   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT now64(3, 'UTC'),
    last    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT now64(3, 'UTC')
)
ENGINE = AggregatingMergeTree
ORDER BY day;

INSERT INTO day_loads (day, batches, first, last)
SELECT day, count(), min(loaded_at), max(loaded_at)
FROM loads
GROUP BY day;
