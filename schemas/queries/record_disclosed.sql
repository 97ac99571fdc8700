-- Records what the decision on the withheld cells of a week stands on.
INSERT INTO disclosed (period, decision, run, annuaire, version, effectifs, threshold, rule, cells, small, withheld)
SELECT
    {period:Date},
    {decision:UInt64},
    {run:UInt64},
    {annuaire:UInt16},
    {version:UInt64},
    {effectifs:UInt64},
    {threshold:UInt32},
    {rule:UInt32},
    {cells:UInt64},
    {small:UInt64},
    {withheld:UInt64}
