-- Weeks that were recomputed, and what their decision on withheld cells stands
-- on: a row per week, newest first; zeros where there is none.
SELECT done.period, done.latest, decided.decision, decided.run, decided.annuaire, decided.version, decided.threshold, decided.rule
FROM
(
    SELECT period, max(run) AS latest
    FROM computed
    WHERE grain = 'semaine'
    GROUP BY period
) AS done
LEFT JOIN (SELECT period, decision, run, annuaire, version, threshold, rule FROM disclosed FINAL) AS decided
    ON done.period = decided.period
ORDER BY done.period DESC
