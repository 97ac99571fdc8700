package schemas

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/entaudience/entaudience/schemas/eventpb"
)

func fullEvent() Event {
	return Event{
		TS: 1795429156102, UAI: "0311131L", Visitor: 0xfedcba9876543210, Profil: Enseignant, Service: "COURRIER_ELECTRONIQUE",
		Type: Tiers, Outil: "PRONOTE", Device: Tablette, OS: IOS, Browser: Safari, Plan: Plan2021, Projet: "ENT_ÉCOLE",
	}
}

// TestWireIsTheProto: the bytes are those of the generated code, both ways.
func TestWireIsTheProto(t *testing.T) {
	short := fullEvent()
	short.Outil, short.Projet, short.Type = "", "", Natif
	for _, e := range []Event{fullEvent(), short} {
		message := &eventpb.Event{
			Ts: e.TS, Uai: string(e.UAI), Visitor: uint64(e.Visitor), Profil: string(e.Profil), Service: string(e.Service), Type: e.Type,
			Outil: e.Outil, Device: string(e.Device), Os: string(e.OS), Browser: string(e.Browser), Plan: uint32(e.Plan), Projet: e.Projet,
		}
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendEvent(nil, &e); !bytes.Equal(got, want) {
			t.Errorf("%x\nwant %x", got, want)
		}
		var d Decoder
		var back Event
		if err := d.Decode(want, &back); err != nil || back != e {
			t.Errorf("%+v, %v\nwant %+v", back, err, e)
		}
	}
	if n := (&eventpb.Event{}).ProtoReflect().Descriptor().Fields().Len(); n != 12 {
		t.Errorf("the event has %d fields, the wire writes 12", n)
	}
}

func TestDecodeRefuses(t *testing.T) {
	with := func(change func(*Event)) []byte {
		e := fullEvent()
		change(&e)
		return AppendEvent(nil, &e)
	}
	whole := with(func(*Event) {})
	for name, b := range map[string][]byte{
		"nothing":        nil,
		"not protobuf":   []byte("GET /hit.xiti"),
		"cut":            whole[:len(whole)-1],
		"garbage after":  append(bytes.Clone(whole), 0xff),
		"a wrong UAI":    with(func(e *Event) { e.UAI = "0311131K" }),
		"no visitor":     with(func(e *Event) { e.Visitor = 0 }),
		"before 2000":    with(func(e *Event) { e.TS = minTS - 1 }),
		"in 2100":        with(func(e *Event) { e.TS = maxTS }),
		"a negative day": with(func(e *Event) { e.TS = -1 }),
	} {
		var d Decoder
		var e Event
		if err := d.Decode(b, &e); err == nil {
			t.Errorf("%s: taken as %+v", name, e)
		}
	}
}

// TestDecodeSkipsUnknownFields: a newer collector may say more.
func TestDecodeSkipsUnknownFields(t *testing.T) {
	e := fullEvent()
	b := AppendEvent(nil, &e)
	b = append(b, 0xa2, 0x06, 3, 'n', 'e', 'w') // field 100, bytes
	b = append(b, 0xa8, 0x06, 42)               // field 101, varint
	var d Decoder
	var back Event
	if err := d.Decode(b, &back); err != nil || back != e {
		t.Errorf("%+v, %v", back, err)
	}
}

// TestDecoderForgets: strings without end, as of a broken tag, stay bounded.
func TestDecoderForgets(t *testing.T) {
	var d Decoder
	e := fullEvent()
	for i := range internMax + 10 {
		e.Service = Service(string(rune('A'+i%26)) + string(rune(0x4e00+i/26)))
		var back Event
		if err := d.Decode(AppendEvent(nil, &e), &back); err != nil || back != e {
			t.Fatal(back, err)
		}
	}
	if len(d.seen) > internMax {
		t.Errorf("%d strings are kept", len(d.seen))
	}
}

func FuzzDecode(f *testing.F) {
	e := fullEvent()
	f.Add(AppendEvent(nil, &e))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Decoder
		var e, again Event
		if d.Decode(b, &e) != nil {
			return
		}
		if err := d.Decode(AppendEvent(nil, &e), &again); err != nil || again != e {
			t.Errorf("%+v comes back as %+v, %v", e, again, err)
		}
	})
}
