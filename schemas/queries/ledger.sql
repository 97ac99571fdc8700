-- Events in the cells of the days, and messages of ent.events that were
-- refused as undecodable; one row.
SELECT
    (SELECT sum(n) FROM (SELECT argMax(events, run) AS n FROM computed WHERE grain = 'jour' GROUP BY period)),
    (SELECT uniqExact(detail) FROM refused WHERE reason = 'illisible' AND startsWith(detail, 'ent.events/'))
