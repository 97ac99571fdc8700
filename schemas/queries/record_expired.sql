-- Records that the cells of a day were dropped for their age: a run without
-- visits, on the same basis. Its events were counted, and the ledger says so.
INSERT INTO computed (grain, period, run, basis, events, visits, last_event)
SELECT 'jour', {day:Date}, max(run) + 1, argMax(basis, run), argMax(events, run), 0, toDateTime64(0, 3, 'UTC')
FROM computed
WHERE grain = 'jour' AND period = {day:Date}
