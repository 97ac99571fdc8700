-- Each note of a period as last written, by first day, then when it was written.
SELECT id, niveau, code, kind, first_day, last_day, text, author, written_at
FROM
(
    SELECT id, niveau, code, kind, first_day, last_day, text, author, withdrawn, written_at
    FROM notes
    ORDER BY id, written_at DESC
    LIMIT 1 BY id
)
WHERE NOT withdrawn AND first_day <= {to:Date} AND last_day >= {from:Date}
ORDER BY first_day, written_at, id
