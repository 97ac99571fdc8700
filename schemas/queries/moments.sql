-- Visits of one territory by the day of the week (1 = Monday) and the Paris
-- hour in which they began, over a span of instants [from, to).
SELECT
    toDayOfWeek(toTimeZone(period, 'Europe/Paris')) AS weekday,
    toHour(toTimeZone(period, 'Europe/Paris')) AS hour,
    sum(visits)
FROM cells_hour
WHERE period >= toDateTime({from:UInt32}, 'UTC')
    AND period < toDateTime({to:UInt32}, 'UTC')
    AND axe = if({profil:String} = '', 'globales', 'profil')
    AND modalite = if({profil:String} = '', 'globales', {profil:String})
    AND uai IN
    (
        SELECT uai
        FROM parts
        WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
    )
GROUP BY weekday, hour
ORDER BY weekday, hour
