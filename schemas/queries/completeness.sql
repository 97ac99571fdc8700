-- How far the figures are behind: last event counted, last batch stored; one row.
SELECT
    (SELECT max(last_event) FROM computed WHERE grain = 'jour'),
    (SELECT max(last) FROM day_loads)
