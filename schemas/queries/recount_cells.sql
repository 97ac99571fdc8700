-- Stored cells of one grain over periods [from, to] and a range of UAIs
-- [first, after), one row each. A period is a number: days since 1970, or
-- seconds for an hour.
SELECT toInt64(period), uai, axe, modalite, visits, users, duration_ms, visits_with_duration, events
FROM {cells:Identifier}
WHERE toInt64(period) BETWEEN {from:Int64} AND {to:Int64}
    AND uai >= {first:String}
    AND uai < {after:String}
