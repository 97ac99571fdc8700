package schemas

import "embed"

// Migrations holds migrations/NNNN_name.sql: numbered, forward only. Each file
// is one or more statements, separated by a semicolon at the end of a line.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Queries holds queries/name.sql: one statement a file, whose first line says
// what it returns and at which grain.
//
//go:embed queries/*.sql
var Queries embed.FS
