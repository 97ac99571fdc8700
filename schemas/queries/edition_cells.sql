-- What is published of some weeks that is read all the time: a row per territory
-- × axis × modality and, of establishments, on the axes globales, profil and
-- ecoles.
SELECT period, niveau, code, axe, modalite, masque, visits, users, duration_ms, visits_with_duration, events, schools, hours, basis
FROM published_weeks
WHERE (niveau IN ('region', 'academie', 'dsden', 'circonscription') OR niveau = 'ecole' AND axe IN ('globales', 'profil', 'ecoles'))
    AND period IN {weeks:Array(Date)}
