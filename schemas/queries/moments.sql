-- Visits of one territory by the day of the week (1 = Monday) and the Paris
-- hour in which they began, over a span of instants [from, to), and how many of
-- its weeks are withheld, which are left out: a row per week withheld or not ×
-- weekday × hour.
WITH
    if({profil:String} = '', 'globales', 'profil') AS of_axe,
    if({profil:String} = '', 'globales', {profil:String}) AS of_modalite
SELECT
    if(shown, toDayOfWeek(toTimeZone(period, 'Europe/Paris')), 0) AS weekday,
    if(shown, toHour(toTimeZone(period, 'Europe/Paris')), 0) AS hour,
    sum(visits),
    uniqExact(week)
FROM
(
    SELECT
        period,
        visits,
        toMonday(toTimeZone(period, 'Europe/Paris')) AS week,
        {threshold:UInt32} = 0
            OR {niveau:String} != 'ecole'
            AND week NOT IN
            (
                SELECT period
                FROM withheld_week
                WHERE niveau = {niveau:String} AND code = {code:String} AND axe = of_axe AND modalite = of_modalite
            )
            AND (NOT {closed:Bool} OR week IN
            (
                SELECT period
                FROM disclosed FINAL
                WHERE threshold = {threshold:UInt32} AND rule = {rule:UInt32}
                    AND annuaire = {annuaire:UInt16} AND version = {version:UInt64}
            )) AS shown
    FROM cells_hour
    WHERE period >= toDateTime({from:UInt32}, 'UTC')
        AND period < toDateTime({to:UInt32}, 'UTC')
        AND axe = of_axe
        AND modalite = of_modalite
        AND uai IN
        (
            SELECT uai
            FROM parts
            WHERE annee = {annuaire:UInt16} AND niveau = {niveau:String} AND code = {code:String}
        )
)
GROUP BY weekday, hour
ORDER BY weekday, hour
