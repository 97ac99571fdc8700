package chdb

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// hello is the first statement of clickhouse-go over HTTP. The driver decodes
// every later block at the protocol revision that the answer names.
const hello = "SELECT displayName(), version(), revision(), timezone()"

// greet answers hello with revision 0: the library writes its blocks at that
// revision, and the driver then decodes them so; nothing is encoded twice. The
// answer itself is read at the driver's newest revision.
func greet(c *conn) ([]byte, error) {
	raw, err := c.query("SELECT displayName(), version(), toUInt32(0) AS `revision()`, timezone()", "Native", nil)
	if err != nil {
		return nil, err
	}
	block := proto.Block{ServerContext: &column.ServerContext{}}
	if err := block.Decode(chproto.NewReader(bytes.NewReader(raw)), 0); err != nil {
		return nil, fmt.Errorf("read the engine's version: %w", err)
	}
	var buffer chproto.Buffer
	if err := block.Encode(&buffer, proto.DBMS_TCP_PROTOCOL_VERSION); err != nil {
		return nil, fmt.Errorf("write the engine's version: %w", err)
	}
	return buffer.Buf, nil
}

// emptyBlocks remembers the columns of results without rows, by statement:
// finding them costs as much as a small query.
type emptyBlocks struct {
	mu    sync.Mutex
	known map[string][]byte
}

// mostEmptyBlocks bounds what is remembered.
const mostEmptyBlocks = 1000

// of is the block of a result without rows. A statement whose parameters may
// name a table is asked each time.
func (b *emptyBlocks) of(c *conn, q request) []byte {
	if strings.Contains(q.statement, ":Identifier}") {
		return emptyBlock(c, q)
	}
	key := q.database + "\n" + q.statement
	b.mu.Lock()
	block, ok := b.known[key]
	b.mu.Unlock()
	if ok {
		return block
	}
	block = emptyBlock(c, q)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.known) >= mostEmptyBlocks || b.known == nil {
		b.known = map[string][]byte{}
	}
	b.known[key] = block
	return block
}

// forget forgets them all.
func (b *emptyBlocks) forget() {
	b.mu.Lock()
	b.known = nil
	b.mu.Unlock()
}

// emptyBlock is the columns of a result without rows. The library leaves them
// out, a server does not. It is empty when they cannot be found.
func emptyBlock(c *conn, q request) []byte {
	raw, err := c.query("DESCRIBE TABLE (\n"+strings.TrimRight(q.statement, "; \t\r\n")+"\n)", "Native", q.params)
	if err != nil {
		return nil
	}
	described := proto.Block{ServerContext: &column.ServerContext{}}
	if err := described.Decode(chproto.NewReader(bytes.NewReader(raw)), 0); err != nil || len(described.Columns) < 2 {
		return nil
	}
	var buffer chproto.Buffer
	buffer.PutUVarInt(uint64(described.Rows()))
	buffer.PutUVarInt(0) // rows
	for i := range described.Rows() {
		for _, field := range described.Columns[:2] { // name, type
			text, ok := field.Row(i, false).(string)
			if !ok {
				return nil
			}
			buffer.PutString(text)
		}
	}
	return buffer.Buf
}
