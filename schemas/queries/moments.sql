-- Visits of one establishment by Paris hour of the week (0 = Monday 00:00), summed
-- over the weeks that may be shown: one row, and how many weeks are withheld,
-- among them those whose decision stands on another basis than that of their
-- school year.
SELECT sumMapIf(hours, shown), countIf(NOT shown)
FROM
(
    SELECT
        hours,
        NOT masque AND (NOT {closed:Bool} OR basis = transform(toYear(subtractMonths(period, 7)), {years:Array(UInt16)}, {bases:Array(UInt64)}, 0)) AS shown
    FROM published_weeks
    WHERE niveau = {niveau:String}
        AND axe = 'heures'
        AND code = {code:String}
        AND modalite = if({profil:String} = '', 'globales', {profil:String})
        AND period BETWEEN {from:Date} AND {to:Date}
)
