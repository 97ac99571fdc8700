// Package tableur writes CSV files that a French spreadsheet opens as they
// are: semicolons, decimal commas, and no cell that could be run as a
// formula. It must not know what the figures mean.
package tableur

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// BOM tells a spreadsheet that the file is UTF-8.
const BOM = "\uFEFF"

const separator = ';'

// flushAt bounds the memory of a Writer: rows are handed on once they reach it.
const flushAt = 32 << 10

// Writer writes rows cell by cell: any number of cells, then End. Errors of
// the underlying writer stick and come back from Flush. The zero Writer is
// not ready; it is not safe for concurrent use.
type Writer struct {
	w     io.Writer
	buf   []byte
	begun bool // the current row has a cell
	rows  int
	err   error
}

// NewWriter writes to w. It buffers: call Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w, buf: make([]byte, 0, flushAt+4<<10)} }

// BOM writes the byte order mark; call it before the first row.
func (w *Writer) BOM() { w.buf = append(w.buf, BOM...) }

// Header writes one row of column names.
func (w *Writer) Header(names ...string) {
	for _, n := range names {
		w.Text(n)
	}
	w.end()
}

// Text writes a cell of text. Text that a spreadsheet could take for a
// formula gets an apostrophe before it.
func (w *Writer) Text(s string) {
	w.next()
	if formula(s) {
		s = "'" + s
	}
	if !strings.ContainsAny(s, ";\"\r\n") && (s == "" || (s[0] != ' ' && s[0] != '\t')) {
		w.buf = append(w.buf, s...)
		return
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, strings.ReplaceAll(s, `"`, `""`)...)
	w.buf = append(w.buf, '"')
}

// Uint writes a whole number, digits only.
func (w *Writer) Uint(n uint64) {
	w.next()
	w.buf = strconv.AppendUint(w.buf, n, 10)
}

// Decimal writes n ÷ 10^places with a decimal comma: Decimal(-125, 1) is "-12,5".
func (w *Writer) Decimal(n int64, places int) {
	w.next()
	u := uint64(n)
	if n < 0 {
		w.buf = append(w.buf, '-')
		u = -u
	}
	digits := strconv.FormatUint(u, 10)
	for len(digits) <= places {
		digits = "0" + digits
	}
	w.buf = append(w.buf, digits[:len(digits)-places]...)
	if places > 0 {
		w.buf = append(w.buf, ',')
		w.buf = append(w.buf, digits[len(digits)-places:]...)
	}
}

// EndHeader ends a header that was written cell by cell; it is not a row.
func (w *Writer) EndHeader() { w.end() }

// Thousandths writes n/1000 with a decimal comma and no useless zeros:
// 12500 is "12,5".
func (w *Writer) Thousandths(n uint64) {
	w.next()
	w.buf = strconv.AppendUint(w.buf, n/1000, 10)
	if rest := n % 1000; rest != 0 {
		w.buf = append(w.buf, ',')
		w.buf = append(w.buf, strings.TrimRight(fmt.Sprintf("%03d", rest), "0")...)
	}
}

// Clock writes a number of seconds as "HH:MM:SS"; hours may pass 99.
func (w *Writer) Clock(seconds uint64) {
	w.next()
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	if h < 10 {
		w.buf = append(w.buf, '0')
	}
	w.buf = strconv.AppendUint(w.buf, h, 10)
	w.buf = append(w.buf, ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
}

// Empty writes an empty cell: a figure that does not exist, never a zero.
func (w *Writer) Empty() { w.next() }

// End ends the row.
func (w *Writer) End() {
	w.end()
	w.rows++
}

// Rows is how many rows End has ended; the header is not one.
func (w *Writer) Rows() int { return w.rows }

// Flush hands on what is buffered and gives the first error met.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

func (w *Writer) next() {
	if w.begun {
		w.buf = append(w.buf, separator)
	}
	w.begun = true
}

func (w *Writer) end() {
	w.buf = append(w.buf, '\n')
	w.begun = false
	if len(w.buf) >= flushAt {
		w.Flush() //nolint:errcheck // the error sticks
	}
}

// formula says whether a spreadsheet would run the text. Spaces before do
// not stop some of them.
func formula(s string) bool {
	if s != "" && (s[0] == '\t' || s[0] == '\r') {
		return true
	}
	s = strings.TrimLeft(s, " \u00a0")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
