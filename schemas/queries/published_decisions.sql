-- Which decision is published of each week: a row per Monday.
SELECT period, decision
FROM published_weeks
WHERE niveau = ''
