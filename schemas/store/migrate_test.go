package store_test

import (
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

func TestMigrate(t *testing.T) {
	eachEmpty(t, func(t *testing.T, e *engine) {
		known, err := store.Migrations()
		if err != nil || len(known) == 0 {
			t.Fatal(known, err)
		}
		err = e.CheckSchema(within(t))
		if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), "first 0001_events.sql: run `entaudience migrate`") {
			t.Error(err)
		}
		applied, err := e.Migrate(within(t))
		if err != nil || len(applied) != len(known) {
			t.Fatal(applied, err)
		}
		for i, m := range known {
			if applied[i] != m.Name {
				t.Errorf("%s is applied in the place of %s", applied[i], m.Name)
			}
		}
		if err := e.CheckSchema(within(t)); err != nil {
			t.Error(err)
		}
		if applied, err := e.again(t).Migrate(within(t)); err != nil || len(applied) > 0 {
			t.Error("once more:", applied, err)
		}
	})
}

func TestAMigrationAppliedWithAnotherText(t *testing.T) {
	eachEmpty(t, func(t *testing.T, e *engine) {
		if err := e.CheckSchema(within(t)); schemas.KindOf(err) != schemas.Invalid { // makes the table
			t.Fatal(err)
		}
		e.exec(t, "INSERT INTO migrations (number, name, checksum) SELECT 1, '0001_events.sql', 'another'")
		for name, err := range map[string]error{"check": e.CheckSchema(within(t)), "migrate": failure(e.Migrate(within(t)))} {
			if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), "migration 0001_events.sql was applied with another text") {
				t.Error(name, err)
			}
		}
		wanted(t, "tables", e.ask(t, "SHOW TABLES"), "migrations")
	})
}

func failure[T any](_ T, err error) error { return err }

func TestADatabaseOfALaterProgram(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		e.exec(t, "INSERT INTO migrations (number, name, checksum) SELECT max(number) + 1, 'later.sql', 'later' FROM migrations")
		for name, err := range map[string]error{"check": e.CheckSchema(within(t)), "migrate": failure(e.Migrate(within(t)))} {
			if schemas.KindOf(err) != schemas.Invalid || !strings.HasSuffix(err.Error(), ": run the newer program") {
				t.Error(name, err)
			}
		}
	})
}

// A migration that fails in its middle says where, is not recorded, and is
// applied once its beginning is undone by hand.
func TestAMigrationThatFailsInItsMiddle(t *testing.T) {
	eachEmpty(t, func(t *testing.T, e *engine) {
		e.exec(t, "CREATE TABLE loads (other UInt8) ENGINE = MergeTree ORDER BY other")
		for _, at := range []string{"statement 2", "statement 1"} { // the second time its own beginning is in the way
			applied, err := e.Migrate(within(t))
			if len(applied) > 0 || schemas.KindOf(err) != schemas.Internal || !strings.HasPrefix(err.Error(), "migration 0001_events.sql, "+at+": ") {
				t.Error(applied, err)
			}
		}
		wanted(t, "tables", e.ask(t, "SHOW TABLES"), "events\nloads\nmigrations")
		if err := e.CheckSchema(within(t)); schemas.KindOf(err) != schemas.Invalid {
			t.Error(err)
		}
		e.exec(t, "DROP TABLE events")
		e.exec(t, "DROP TABLE loads")
		if applied, err := e.Migrate(within(t)); err != nil || applied[0] != "0001_events.sql" {
			t.Error(applied, err)
		}
		if err := e.CheckSchema(within(t)); err != nil {
			t.Error(err)
		}
	})
}
