-- What pilots write beside the figures. A row is a version of a note: the
-- latest one wins, and withdrawn takes the note away. Earlier ones are kept.
CREATE TABLE notes
(
    id         String,
    niveau     LowCardinality(String),
    code       String,
    kind       LowCardinality(String),
    first_day  Date,
    last_day   Date,
    text       String,
    author     String,
    withdrawn  Bool,
    written_at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (id, written_at);
