-- What collectors had to put right in accepted hits: a wrong clock, a profile or a
-- service that the plan does not have.
ALTER TABLE tallies
    ADD COLUMN corrected UInt64,
    ADD COLUMN unknown_profiles UInt64,
    ADD COLUMN unknown_services UInt64;
