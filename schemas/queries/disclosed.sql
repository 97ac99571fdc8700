-- The last decision on each week: Monday, decision, and what it stands on.
SELECT period, decision, run, annuaire, version, effectifs, threshold, rule
FROM disclosed FINAL
