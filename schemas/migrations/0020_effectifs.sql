-- A decision stands on the pupils of the schools, too: on a version of the
-- effectifs, 0 where none is in force.
ALTER TABLE disclosed ADD COLUMN effectifs UInt64 AFTER version;
