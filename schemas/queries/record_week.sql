-- Records that the cells of a week were swapped in.
INSERT INTO computed (grain, period, run, basis, events, visits, last_event)
SELECT
    'semaine',
    {period:Date},
    {run:UInt64},
    {basis:UInt64},
    sum(events),
    sum(visits),
    toDateTime64(0, 3, 'UTC')
FROM cells_week
WHERE period = {period:Date} AND axe = 'globales'
