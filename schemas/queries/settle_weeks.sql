-- Writes the settled weeks of a school year: those there already, without what
-- expired before a day and what was published again since, and some more.
INSERT INTO staging_published_settled
    (niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision)
SELECT niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision
FROM published_settled
WHERE toYear(subtractMonths(period, 7)) = {annee:UInt16}
    AND period >= {keep:Date}
    AND period NOT IN (SELECT period FROM published WHERE niveau = '')
UNION ALL
SELECT niveau, axe, code, modalite, period, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis, decision
FROM published
WHERE period IN {weeks:Array(Date)} AND period >= {keep:Date}
