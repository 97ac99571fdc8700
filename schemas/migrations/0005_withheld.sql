-- Cells of a week that may not be shown, of schools and of the territories
-- whose own cell would give one away. Written only by the recompute, replaced
-- partition by partition like the cells. fine_only says that only the days and
-- the hours of the cell may not be shown.
CREATE TABLE withheld_week
(
    niveau    LowCardinality(String),
    code      LowCardinality(String),
    axe       LowCardinality(String),
    modalite  LowCardinality(String),
    fine_only Bool,
    period    Date
)
ENGINE = MergeTree
PARTITION BY period
ORDER BY (niveau, code, axe, modalite);

CREATE TABLE staging_withheld_week AS withheld_week;

-- What each decision stood on: the recompute of the week, the directory, the
-- threshold and the version of the rule. The latest decision of a week wins. A
-- week whose decision stands on anything else than what is in force shows no
-- school and no circonscription.
CREATE TABLE disclosed
(
    period     Date,
    decision   UInt64,
    run        UInt64,
    annuaire   UInt16,
    version    UInt64,
    threshold  UInt32,
    rule       UInt32,
    cells      UInt64,
    small      UInt64,
    withheld   UInt64,
    decided_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(decision)
ORDER BY period;
