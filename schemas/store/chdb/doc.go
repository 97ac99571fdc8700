// Package chdb runs the ClickHouse engine inside this process, from the shared
// library libchdb, and answers ClickHouse's HTTP interface with it: an Engine
// is a http.RoundTripper, so that clickhouse-go works over it as over a
// server, and a http.Handler for other processes of the same machine.
//
// It knows no table and no statement of the product. The library is loaded
// when Open is called and never before.
//
// Where it differs from a server: inserts are never asynchronous and are stored
// whole or not at all; the time zone of a session is UTC whatever the machine's;
// there are no users, sessions, query log, external tables or query ids.
package chdb
