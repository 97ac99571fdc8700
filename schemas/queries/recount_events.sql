-- Raw events of some Paris days and of a range of UAIs [first, after), one row
-- each as they lie, repeats included, in no order.
SELECT ts, uai, visitor, profil, service, outil, device, os, browser
FROM events
WHERE toDate(ts, 'Europe/Paris') BETWEEN {from:Date} AND {to:Date}
    AND uai >= {first:String}
    AND uai < {after:String}
