package access

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

func TestSessionFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "sessions")
	synctest.Test(t, func(t *testing.T) {
		f := files{folder}
		if all, err := f.All(); len(all) != 0 || err != nil {
			t.Errorf("no folder: %v, %v", all, err)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(f.Commit("one", []byte("1"), time.Now().Add(time.Minute)))
		must(f.Commit("two", []byte("2"), time.Now().Add(time.Hour)))
		must(f.Commit("two", []byte("3"), time.Now().Add(time.Hour)))
		if b, found, err := f.Find("two"); string(b) != "3" || !found || err != nil {
			t.Errorf("%q, %t, %v", b, found, err)
		}
		private(t, filepath.Join(folder, "two.session"))
		private(t, folder)
		time.Sleep(time.Minute)
		if _, found, err := f.Find("one"); found || err != nil {
			t.Errorf("expired: %t, %v", found, err)
		}
		if all, err := f.All(); len(all) != 1 || err != nil {
			t.Errorf("%v, %v", all, err)
		}
		must(f.Commit("three", nil, time.Now().Add(time.Hour)))
		if names, err := f.tokens(); len(names) != 2 || err != nil {
			t.Errorf("the expired one is still there: %v, %v", names, err)
		}
		must(f.Delete("two"))
		must(f.Delete("two")) // once more is no error
		if _, found, _ := f.Find("two"); found {
			t.Error("deleted, and there")
		}
		write(t, filepath.Join(folder, "cut.session"), "123") // by a full disk
		if _, found, err := f.Find("cut"); found || err != nil {
			t.Errorf("a cut file: %t, %v", found, err)
		}
		for _, token := range []string{"", "../accounts", "a.b", `a\b`} {
			if _, found, _ := f.Find(token); found || f.Commit(token, nil, time.Now()) == nil {
				t.Errorf("%q is a token", token)
			}
		}
	})
}

func TestSecret(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	first, err := OpenSecret(folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenSecret(folder)
	if err != nil || !bytes.Equal(first.Key("a"), second.Key("a")) {
		t.Errorf("another secret the second time: %v", err)
	}
	if bytes.Equal(first.Key("a"), first.Key("b")) || len(first.Key("a")) != 32 {
		t.Error("one key for two purposes")
	}
	path := filepath.Join(folder, secretFile)
	private(t, path)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSecret(folder); schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read it: %v", err)
	}
	write(t, path, "short")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSecret(folder); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("cut: %v", err)
	}
}

func TestAudit(t *testing.T) {
	folder := t.TempDir()
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	logs := &strings.Builder{}
	a := OpenAudit(folder, func() time.Time { return at }, slog.New(slog.NewTextHandler(logs, nil)))
	if tail, err := a.Tail(5); len(tail) != 0 || err != nil {
		t.Errorf("no file: %v, %v", tail, err)
	}
	for i := range 30 {
		at = at.Add(time.Minute)
		a.Note(Entry{Who: "x", What: WhatPage, Path: "/dsden/" + string(rune('a'+i%26)), Decision: Refused, Why: "because"})
	}
	tail, err := a.Tail(5)
	if err != nil || len(tail) != 5 || !tail[0].Time.Equal(at) || tail[0] != (Entry{Time: tail[0].Time, Who: "x", What: WhatPage, Path: "/dsden/d", Decision: Refused, Why: "because"}) || tail[4].Path != "/dsden/z" {
		t.Errorf("%+v, %v", tail, err)
	}
	private(t, filepath.Join(folder, auditFile))
	// A line that cannot be written is not lost silently.
	b := OpenAudit(filepath.Join(folder, auditFile, "no-folder"), func() time.Time { return at }, slog.New(slog.NewTextHandler(logs, nil)))
	b.Note(Entry{Who: "y", What: WhatLogin, Decision: Allowed})
	if !strings.Contains(logs.String(), "audit line lost") {
		t.Errorf("log: %s", logs)
	}
}
