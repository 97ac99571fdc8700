-- The run of each day and week that its last recount found right, 0 = it differs:
-- grain, day or Monday, run.
SELECT grain, period, argMax(if(differences = 0, run, 0), at)
FROM checks
GROUP BY grain, period
