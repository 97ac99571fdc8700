-- Weeks that are not settled, newest first: Mondays.
SELECT period
FROM published
WHERE niveau = ''
ORDER BY period DESC
