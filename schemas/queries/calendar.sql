-- Breaks of one zone, or of all when it is empty, in one version of the
-- calendar: zone, name, whom for, first day, the morning classes resume (the
-- epoch when not published).
SELECT zone, description, population, first, resume
FROM calendar
WHERE version = {version:UInt64} AND ({zone:String} = '' OR zone = {zone:String})
ORDER BY zone, first, resume, description
