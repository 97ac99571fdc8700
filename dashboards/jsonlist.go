package dashboards

import (
	"encoding/json"
	"fmt"
	"io"
)

// jsonList writes one JSON object whose last member is a list, item by item,
// so that a long list is never in memory whole.
type jsonList struct {
	w   io.Writer
	buf []byte
	n   int
}

// open begins with the members of head, which is a JSON object that is not
// empty, then the list named key.
func (l *jsonList) open(head []byte, key string) {
	l.buf = append(l.buf, head[:len(head)-1]...)
	l.buf = append(l.buf, ",\n\""+key+"\":["...)
}

// add writes one item.
func (l *jsonList) add(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	if l.n > 0 {
		l.buf = append(l.buf, ',')
	}
	l.n++
	l.buf = append(append(l.buf, '\n'), b...)
	if len(l.buf) >= 32<<10 {
		return l.flush()
	}
	return nil
}

func (l *jsonList) close() error {
	l.buf = append(l.buf, "\n]}\n"...)
	return l.flush()
}

func (l *jsonList) flush() error {
	_, err := l.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}
