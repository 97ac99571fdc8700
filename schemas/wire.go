package schemas

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// The field numbers of event.proto. The functions below write and read the
// same bytes as the generated package eventpb (a test compares them) without
// its reflection, because every event passes here twice.
const (
	fieldTS protowire.Number = iota + 1
	fieldUAI
	fieldVisitor
	fieldProfil
	fieldService
	fieldType
	fieldOutil
	fieldDevice
	fieldOS
	fieldBrowser
	fieldPlan
	fieldProjet
)

// AppendEvent appends the protobuf encoding of e to b.
func AppendEvent(b []byte, e *Event) []byte {
	if e.TS != 0 {
		b = protowire.AppendTag(b, fieldTS, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(e.TS))
	}
	b = appendString(b, fieldUAI, string(e.UAI))
	if e.Visitor != 0 {
		b = protowire.AppendTag(b, fieldVisitor, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, uint64(e.Visitor))
	}
	b = appendString(b, fieldProfil, string(e.Profil))
	b = appendString(b, fieldService, string(e.Service))
	b = appendString(b, fieldType, e.Type)
	b = appendString(b, fieldOutil, e.Outil)
	b = appendString(b, fieldDevice, string(e.Device))
	b = appendString(b, fieldOS, string(e.OS))
	b = appendString(b, fieldBrowser, string(e.Browser))
	if e.Plan != 0 {
		b = protowire.AppendTag(b, fieldPlan, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(e.Plan))
	}
	return appendString(b, fieldProjet, e.Projet)
}

func appendString(b []byte, n protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	b = protowire.AppendTag(b, n, protowire.BytesType)
	return protowire.AppendString(b, s)
}

// internMax bounds the distinct strings a Decoder remembers; a region has
// 4,104 UAIs and some hundred codes.
const internMax = 1 << 16

// Decoder reads events and shares the strings that come back again and again.
// The zero value is ready; it is not safe for concurrent use.
type Decoder struct {
	seen map[string]string
}

var errTruncated = errors.New("truncated or malformed protobuf")

// Decode reads one event. The error says what is wrong with the bytes: not
// protobuf, a wrong UAI, no visitor, or an instant outside 2000–2100. Unknown fields are
// skipped, as protobuf asks.
func (d *Decoder) Decode(b []byte, e *Event) error {
	*e = Event{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errTruncated
		}
		b = b[n:]
		switch {
		case typ == protowire.VarintType && num == fieldTS:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return errTruncated
			}
			e.TS, b = int64(v), b[n:]
		case typ == protowire.VarintType && num == fieldPlan:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return errTruncated
			}
			e.Plan, b = Plan(v), b[n:]
		case typ == protowire.Fixed64Type && num == fieldVisitor:
			v, n := protowire.ConsumeFixed64(b)
			if n < 0 {
				return errTruncated
			}
			e.Visitor, b = Visitor(v), b[n:]
		case typ == protowire.BytesType:
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return errTruncated
			}
			d.set(e, num, v)
			b = b[n:]
		default:
			n := protowire.ConsumeFieldValue(num, typ, b)
			if n < 0 {
				return errTruncated
			}
			b = b[n:]
		}
	}
	return check(e)
}

func (d *Decoder) set(e *Event, num protowire.Number, v []byte) {
	switch num {
	case fieldUAI:
		e.UAI = UAI(d.intern(v))
	case fieldProfil:
		e.Profil = Profil(d.intern(v))
	case fieldService:
		e.Service = Service(d.intern(v))
	case fieldType:
		e.Type = d.intern(v)
	case fieldOutil:
		e.Outil = d.intern(v)
	case fieldDevice:
		e.Device = Device(d.intern(v))
	case fieldOS:
		e.OS = OS(d.intern(v))
	case fieldBrowser:
		e.Browser = Browser(d.intern(v))
	case fieldProjet:
		e.Projet = d.intern(v)
	}
}

func (d *Decoder) intern(v []byte) string {
	if s, ok := d.seen[string(v)]; ok {
		return s
	}
	if d.seen == nil || len(d.seen) >= internMax {
		d.seen = make(map[string]string, 1024)
	}
	s := string(v)
	d.seen[s] = s
	return s
}

// Instants that a DateTime64 partitioned by day can hold and a school could
// have meant: 2000-01-01 to 2100-01-01.
const (
	minTS = 946_684_800_000
	maxTS = 4_102_444_800_000
)

func check(e *Event) error {
	switch {
	case !ValidUAI(string(e.UAI)):
		return errors.New("event without a valid UAI")
	case e.Visitor == 0:
		return errors.New("event without a visitor")
	case e.TS < minTS || e.TS >= maxTS:
		return fmt.Errorf("event at impossible instant %d", e.TS)
	}
	return nil
}
