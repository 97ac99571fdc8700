-- When a job was last done: one row, the epoch if never.
SELECT max(at)
FROM jobs
WHERE name = {name:String}
