package chdb_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestTypes(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	must(t, c, `CREATE TABLE t (
		u8 UInt8, i64 Int64, u128 UInt128, f Float64, dec Decimal(18, 4), b Bool,
		s String, fs FixedString(3), lc LowCardinality(String), lcn LowCardinality(Nullable(String)),
		n Nullable(Int32), d Date, d32 Date32, dt DateTime('Europe/Paris'), dt64 DateTime64(3, 'Europe/Paris'),
		e Enum8('a' = 1, 'b' = 2), arr Array(LowCardinality(String)), deep Array(Array(Nullable(UInt16))),
		tup Tuple(a UInt8, b String), m Map(LowCardinality(String), UInt64), nest Nested(k String, v UInt32),
		id UUID, ip IPv6
	) ENGINE = MergeTree ORDER BY u8`)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	text, number, ts := "x", int32(-7), time.Date(2026, 10, 25, 2, 30, 0, 123e6, paris)
	day := time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)
	nine := uint16(9)
	batch, err := c.PrepareBatch(ctx, "INSERT INTO t (u8, i64, f, b, s, fs, lc, lcn, n, d, dt, dt64, e, arr, deep, tup, m, `nest.k`, `nest.v`, id, ip)")
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Close()
	rows := []struct {
		lcn *string
		n   *int32
	}{{nil, nil}, {&text, &number}}
	for i, r := range rows {
		err := batch.Append(uint8(i), int64(-1)<<62, 0.1, true, "é\x00", "abc", "élève", r.lcn, r.n, day, ts, ts, "b",
			[]string{"p", "q", "p"}, [][]*uint16{{nil, &nine}, {}}, []any{uint8(3), "t"}, map[string]uint64{"k": 1 << 63},
			[]string{"k1", "k2"}, []uint32{1, 2}, "815ddc28-2089-4211-a3a5-0cc142d94c84", "2001:db8::1")
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	result, err := c.Query(ctx, "SELECT i64, f, b, s, fs, lc, lcn, n, d, dt, dt64, e, arr, deep, m, `nest.k`, `nest.v`, toString(id), toString(ip), toString(tup), toString(u128), toString(dec) FROM t ORDER BY u8")
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	n := 0
	for ; result.Next(); n++ {
		var (
			i64                    int64
			f                      float64
			b                      bool
			s, fs, lc, e           string
			id, ip, tup, u128, dec string
			lcn                    *string
			null                   *int32
			d, dt, dt64            time.Time
			arr, nestK             []string
			deep                   [][]*uint16
			m                      map[string]uint64
			nestV                  []uint32
		)
		if err := result.Scan(&i64, &f, &b, &s, &fs, &lc, &lcn, &null, &d, &dt, &dt64, &e, &arr, &deep, &m, &nestK, &nestV, &id, &ip, &tup, &u128, &dec); err != nil {
			t.Fatal(err)
		}
		same := i64 == int64(-1)<<62 && f == 0.1 && b && s == "é\x00" && fs == "abc" && lc == "élève" && e == "b" &&
			d.Equal(day) && dt.Equal(ts.Truncate(time.Second)) && dt64.Equal(ts) && dt64.Location().String() == "Europe/Paris" &&
			reflect.DeepEqual(arr, []string{"p", "q", "p"}) && len(deep) == 2 && deep[0][0] == nil && *deep[0][1] == 9 && len(deep[1]) == 0 &&
			m["k"] == 1<<63 && reflect.DeepEqual(nestK, []string{"k1", "k2"}) && reflect.DeepEqual(nestV, []uint32{1, 2}) &&
			id == "815ddc28-2089-4211-a3a5-0cc142d94c84" && ip == "2001:db8::1" && tup == "(3,'t')" && u128 == "0" && dec == "0"
		if n == 0 {
			same = same && lcn == nil && null == nil
		} else {
			same = same && *lcn == "x" && *null == -7
		}
		if !same {
			t.Error(n, i64, f, b, s, fs, lc, lcn, null, d, dt, dt64, e, arr, deep, m, nestK, nestV, id, ip, tup, u128, dec)
		}
	}
	if err := result.Err(); err != nil || n != 2 {
		t.Fatal(n, err)
	}
}

func TestEmptyResultHasColumns(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	must(t, c, "CREATE TABLE t (a LowCardinality(Nullable(String)), b Array(UInt8)) ENGINE = MergeTree ORDER BY tuple()")
	rows, err := c.Query(ctx, "SELECT a, b, {p:UInt8} AS c FROM t WHERE notEmpty(b) -- nothing\n;", clickhouse.Named("p", "1"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() || rows.Err() != nil {
		t.Fatal("a row", rows.Err())
	}
	var types []string
	for _, column := range rows.ColumnTypes() {
		types = append(types, column.Name()+" "+column.DatabaseTypeName())
	}
	if want := []string{"a LowCardinality(Nullable(String))", "b Array(UInt8)", "c UInt8"}; !reflect.DeepEqual(types, want) {
		t.Fatalf("%q", types)
	}
	var a string
	if err := c.QueryRow(ctx, "SELECT a FROM t").Scan(&a); !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
}
