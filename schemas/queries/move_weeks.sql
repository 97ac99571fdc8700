-- Writes a school year of weekly cells that can no longer change: those there
-- already, without what expired before a day, and those of some more weeks.
INSERT INTO staging_cells_week_closed
    (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events
FROM cells_week_closed
WHERE toYear(subtractMonths(period, 7)) = {annee:UInt16}
    AND period >= {keep:Date}
    AND period IN (SELECT week FROM closed_weeks)
UNION ALL
SELECT axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events
FROM cells_week
WHERE period IN {weeks:Array(Date)}
    AND period >= {keep:Date}
    AND period NOT IN (SELECT week FROM closed_weeks)
