package tableur

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	for _, tt := range []struct {
		name string
		cell func(*Writer)
		want string
	}{
		{"plain", func(w *Writer) { w.Text("École Jean-Jaurès") }, "École Jean-Jaurès"},
		{"empty text", func(w *Writer) { w.Text("") }, ""},
		{"semicolon", func(w *Writer) { w.Text("a;b") }, `"a;b"`},
		{"quote", func(w *Writer) { w.Text(`dite "la Grande"`) }, `"dite ""la Grande"""`},
		{"newline", func(w *Writer) { w.Text("a\nb") }, "\"a\nb\""},
		{"formula", func(w *Writer) { w.Text("=cmd()") }, "'=cmd()"},
		{"formula and quote", func(w *Writer) { w.Text(`=cmd|"/c"`) }, `"'=cmd|""/c"""`},
		{"plus", func(w *Writer) { w.Text("+33") }, "'+33"},
		{"minus", func(w *Writer) { w.Text("-1") }, "'-1"},
		{"at", func(w *Writer) { w.Text("@SUM(A1)") }, "'@SUM(A1)"},
		{"tab", func(w *Writer) { w.Text("\t=1") }, "'\t=1"},
		{"carriage return", func(w *Writer) { w.Text("\r=1") }, "\"'\r=1\""},
		{"spaces before", func(w *Writer) { w.Text("  =1") }, "'  =1"},
		{"emoji and script", func(w *Writer) { w.Text("🦉</script>") }, "🦉</script>"},
		{"uint", func(w *Writer) { w.Uint(18446744073709551615) }, "18446744073709551615"},
		{"whole thousandths", func(w *Writer) { w.Thousandths(12000) }, "12"},
		{"half", func(w *Writer) { w.Thousandths(12500) }, "12,5"},
		{"thousandths", func(w *Writer) { w.Thousandths(12005) }, "12,005"},
		{"below one", func(w *Writer) { w.Thousandths(70) }, "0,07"},
		{"no clock", func(w *Writer) { w.Clock(0) }, "00:00:00"},
		{"clock", func(w *Writer) { w.Clock(3*3600 + 4*60 + 5) }, "03:04:05"},
		{"long clock", func(w *Writer) { w.Clock(123*3600 + 59) }, "123:00:59"},
		{"nothing", func(w *Writer) { w.Empty() }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := NewWriter(&b)
			tt.cell(w)
			w.Text("x")
			w.End()
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got, want := b.String(), tt.want+";x\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// Whatever the text, a CSV reader gives it back, with an apostrophe where a
// spreadsheet would have run it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a;b", "\"", "=1", " =1", "a\r\nb", "\xff", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		w := NewWriter(&b)
		w.Text(s)
		w.Uint(7)
		w.End()
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(&b)
		r.Comma = ';'
		row, err := r.Read()
		if err != nil {
			t.Fatalf("%q written as unreadable %q: %v", s, b.String(), err)
		}
		// encoding/csv reads a quoted \r\n as \n.
		got, want := row[0], strings.ReplaceAll(s, "\r\n", "\n")
		if got != want && got != "'"+want {
			t.Errorf("%q came back as %q", s, got)
		}
		if trimmed := strings.TrimLeft(got, " \u00a0"); trimmed != "" && strings.ContainsRune("=+-@\t\r", rune(trimmed[0])) {
			t.Errorf("%q may be run as a formula", got)
		}
	})
}

type brokenWriter struct{ after int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestErrorSticks(t *testing.T) {
	w := NewWriter(&brokenWriter{after: 1})
	for range 3 * flushAt {
		w.Text("x")
		w.End()
	}
	if err := w.Flush(); err == nil || err.Error() != "disk full" {
		t.Fatalf("got %v, want disk full", err)
	}
	if w.Rows() != 3*flushAt {
		t.Errorf("rows %d", w.Rows())
	}
}

func TestHeaderIsNoRow(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	w.BOM()
	w.Header("a", "b")
	if err := w.Flush(); err != nil || b.String() != "\uFEFFa;b\n" || w.Rows() != 0 {
		t.Fatalf("%q, %d rows, %v", b.String(), w.Rows(), err)
	}
}
