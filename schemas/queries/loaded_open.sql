-- How many days of a week were loaded and still have their raw events; one row.
SELECT uniqExact(day)
FROM day_loads
WHERE toMonday(day) = {week:Date}
    AND day NOT IN (SELECT day FROM closed_days WHERE deleted)
