package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const createMigrations = `CREATE TABLE IF NOT EXISTS migrations
(
    number     UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY number`

// Migration is one numbered file of schemas/migrations.
type Migration struct {
	Number   int
	Name     string // file name
	Checksum string // SHA-256 of the file, hexadecimal
	SQL      string
}

// Statements splits the file at semicolons that end a line.
func (m Migration) Statements() []string {
	var statements []string
	for s := range strings.SplitSeq(m.SQL+"\n", ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			statements = append(statements, s)
		}
	}
	return statements
}

// Migrations lists the files in their order. The error says which file is
// misnamed or repeats a number.
func Migrations() ([]Migration, error) {
	files, err := fs.Glob(schemas.Migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	migrations := make([]Migration, 0, len(files))
	last := 0
	for _, f := range files {
		text, err := fs.ReadFile(schemas.Migrations, f)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		name := path.Base(f)
		prefix, _, _ := strings.Cut(name, "_")
		number, err := strconv.Atoi(prefix)
		if err != nil || number <= last {
			return nil, fmt.Errorf("migration %s: expected a number above %04d", name, last)
		}
		last = number
		sum := sha256.Sum256(text)
		migrations = append(migrations, Migration{number, name, hex.EncodeToString(sum[:]), string(text)})
	}
	return migrations, nil
}

// Migrate applies the migrations that the engine lacks, in order, and returns
// their names. A second call does nothing. The error is Invalid when a
// migration already applied has another text than the one known here, or when
// the engine was migrated by a later version of the program.
//
// ClickHouse has no transactions over DDL: a migration that fails in the
// middle leaves its first statements behind, and the error names the one at
// which to repair by hand.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	pending, err := s.pending(ctx)
	if err != nil {
		return nil, err
	}
	var applied []string
	for _, m := range pending {
		for i, statement := range m.Statements() {
			if err := s.run(ctx, fmt.Sprintf("migration %s, statement %d", m.Name, i+1), statement, nil); err != nil {
				return applied, err
			}
		}
		if err := s.run(ctx, "record migration "+m.Name,
			"INSERT INTO migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String}",
			params{"number": strconv.Itoa(m.Number), "name": m.Name, "checksum": m.Checksum}); err != nil {
			return applied, err
		}
		applied = append(applied, m.Name)
	}
	return applied, nil
}

// CheckSchema says whether the engine has exactly the schema this program
// needs. The error is Invalid and names the command that repairs it.
func (s *Store) CheckSchema(ctx context.Context) error {
	pending, err := s.pending(ctx)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return schemas.WithKind(schemas.Invalid, fmt.Errorf("clickhouse lacks %d migration(s), first %s: run `entaudience migrate`", len(pending), pending[0].Name))
	}
	return nil
}

func (s *Store) pending(ctx context.Context) ([]Migration, error) {
	known, err := Migrations()
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx, "create table migrations", createMigrations, nil); err != nil {
		return nil, err
	}
	done := map[uint32]string{}
	err = s.each(ctx, "migrations", nil, func(r driver.Rows) error {
		var number uint32
		var checksum string
		err := r.Scan(&number, &checksum)
		done[number] = checksum
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(done) > len(known) {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("clickhouse has %d migrations, this program knows %d: run the newer program", len(done), len(known)))
	}
	var pending []Migration
	for _, m := range known {
		switch checksum, ok := done[uint32(m.Number)]; {
		case !ok:
			pending = append(pending, m)
		case checksum != m.Checksum:
			return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("migration %s was applied with another text: the database belongs to another version of the program", m.Name))
		}
	}
	return pending, nil
}
