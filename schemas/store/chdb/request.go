package chdb

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// request is a statement as ClickHouse's HTTP interface carries it: the
// statement in the body, or in the URL with the data of an INSERT in the body;
// param_NAME for parameters; database; default_format; every other key of the
// URL a setting of this one statement.
type request struct {
	statement string
	format    string
	database  string
	params    map[string]string
	settings  map[string]string
	data      io.Reader // of an INSERT … FORMAT; nil otherwise
}

// notSettings are the keys of a URL that are no settings. What they ask for
// has no meaning inside one process.
var notSettings = map[string]bool{
	"client_protocol_version": true, "query_id": true, "session_id": true, "quota_key": true,
	"compress": true, "decompress": true, "user": true, "password": true, "wait_end_of_query": true,
	"async_insert": true, "wait_for_async_insert": true, // an insert here is always synchronous
}

// maxStatement bounds a statement, in bytes.
const maxStatement = 16 << 20

// dataInsert matches an INSERT whose rows come as data; the first group is the
// statement without its FORMAT clause, the second the format.
var dataInsert = regexp.MustCompile(`(?is)^(\s*INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)\s*;?\s*$`)

func readRequest(r *http.Request) (request, error) {
	q := request{format: "TabSeparated", database: "default", params: map[string]string{}, settings: map[string]string{}}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, fmt.Errorf("read the URL of a statement: %w", err)
	}
	for k, v := range values {
		name, isParam := strings.CutPrefix(k, "param_")
		switch {
		case isParam:
			q.params[name] = v[0]
		case k == "default_format":
			q.format = v[0]
		case k == "database":
			if v[0] != "" {
				q.database = v[0]
			}
		case k == "query":
			q.statement = v[0]
		case !notSettings[k]:
			q.settings[k] = v[0]
		}
	}
	body := io.Reader(http.NoBody)
	if r.Body != nil {
		body = r.Body
	}
	if m := dataInsert.FindStringSubmatch(q.statement); m != nil {
		q.statement, q.format, q.data = m[1], m[2], body
		return q, nil
	}
	text, err := io.ReadAll(io.LimitReader(body, maxStatement+1))
	if err != nil {
		return q, fmt.Errorf("read a statement: %w", err)
	}
	if len(text) > maxStatement {
		return q, fmt.Errorf("statement over %d bytes", maxStatement)
	}
	q.statement += string(text)
	return q, nil
}

// streams says whether the result of the statement may be fetched in pieces.
func (q request) streams() bool {
	head := strings.ToUpper(strings.TrimSpace(withoutComments(q.statement)))
	return strings.HasPrefix(head, "SELECT") || strings.HasPrefix(head, "WITH")
}

// withoutComments cuts the comment lines at the head of a statement.
func withoutComments(statement string) string {
	for {
		statement = strings.TrimSpace(statement)
		if !strings.HasPrefix(statement, "--") {
			return statement
		}
		_, statement, _ = strings.Cut(statement, "\n")
	}
}

// hello is the first statement of clickhouse-go over HTTP. The driver decodes
// every later block at the protocol revision that the answer names.
const hello = "SELECT displayName(), version(), revision(), timezone()"
