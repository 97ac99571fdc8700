-- When a tally was stored, in the order of the queue: the clock of a collector may
-- be set back, and what it says afterwards is still the latest that it said.
ALTER TABLE tallies ADD COLUMN seen DateTime64(6, 'UTC') DEFAULT at;
