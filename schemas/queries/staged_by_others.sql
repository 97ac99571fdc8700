-- Tables of recomputes whose name begins with one of some prefixes, or that
-- were made longer ago than some seconds: a row per table.
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND match(name, '^staging_.+_[0-9]{8}_[0-9a-f]{16}$')
    AND (arrayExists(prefix -> startsWith(name, prefix), {prefixes:Array(String)})
        OR metadata_modification_time < now() - {seconds:UInt32})
ORDER BY name
