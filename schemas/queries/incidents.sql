-- Incidents that touch figures, latest first: kind, Monday, instant. A new week
-- key is one only when events of its week were stored before it.
SELECT kind, week, at
FROM incidents FINAL
LEFT JOIN (SELECT toMonday(day) AS week, min(day_loads.first) AS first FROM day_loads GROUP BY week) AS stored USING (week)
WHERE kind != 'cle_nouvelle' OR (toUnixTimestamp64Milli(stored.first) > 0 AND stored.first < at)
ORDER BY at DESC, kind, week
LIMIT 100
