-- Records that the cells of a day were swapped in.
INSERT INTO computed (grain, period, run, basis, events, visits, last_event)
SELECT
    'jour',
    {period:Date},
    {run:UInt64},
    {basis:UInt64},
    sum(events),
    count(),
    max(start + toIntervalMillisecond(duration_ms))
FROM visits
WHERE day = {period:Date}
