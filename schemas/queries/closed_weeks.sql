-- Weeks whose cells can no longer change: Mondays.
SELECT DISTINCT week
FROM closed_weeks
