-- Puts the staged decision on a week in force beside the one that is.
INSERT INTO withheld_week (niveau, code, axe, modalite, fine_only, period)
SELECT niveau, code, axe, modalite, fine_only, period
FROM {staged:Identifier}
WHERE period = {week:Date}
