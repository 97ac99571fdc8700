package chdb

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
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
	compress  bool      // the result, in ClickHouse's own frames
	whole     bool      // answer only when the result is complete
}

// notSettings are the keys of a URL that are no settings of the engine, or that
// have no meaning here.
var notSettings = map[string]bool{
	"user": true, "password": true, "quota_key": true, "role": true,
	"query_id": true, "log_comment": true, // the library names statements itself, and we find them by the other
	"client_protocol_version": true, // see greet
	"buffer_size":             true, "stacktrace": true, "add_http_cors_header": true, "framing_headers": true,
	"async_insert": true, "wait_for_async_insert": true, // an insert is stored when it is answered
}

// maxStatement bounds a statement, in bytes.
const maxStatement = 16 << 20

// dataInsert matches an INSERT whose rows come as data: what precedes its
// FORMAT clause, the format, and what follows.
var dataInsert = regexp.MustCompile(`(?is)^(INSERT\s.*?)\s+FORMAT\s+(\w+)(\s+SETTINGS\s.*?)?\s*;?\s*$`)

// readRequest reads all of a request but the data of an INSERT. An error of
// type *Error is the sender's, another that of reading.
func readRequest(r *http.Request) (request, error) {
	q := request{format: "TabSeparated", database: "default", params: map[string]string{}, settings: map[string]string{}}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, refuse(codeBadArguments, fmt.Sprintf("Unreadable URL: %v. (BAD_ARGUMENTS)", err))
	}
	decompress := false
	for k, v := range values {
		switch k {
		case "query":
			q.statement = v[0]
		case "default_format":
			q.format = v[0]
		case "database":
			if v[0] != "" {
				q.database = v[0]
			}
		case "compress":
			q.compress = v[0] == "1"
		case "decompress":
			decompress = v[0] == "1"
		case "wait_end_of_query":
			q.whole = v[0] == "1"
		case "session_id":
			return q, refuse(codeNotImplemented, "The embedded engine has no sessions. (NOT_IMPLEMENTED)")
		default:
			if name, isParam := strings.CutPrefix(k, "param_"); isParam {
				q.params[name] = v[0]
			} else if !notSettings[k] {
				q.settings[k] = v[0]
			}
		}
	}
	body, err := readBody(r, decompress)
	if err != nil {
		return q, err
	}
	q.statement = withoutComments(q.statement)
	if m := dataInsert.FindStringSubmatch(q.statement); m != nil {
		q.statement, q.format, q.data = m[1]+m[3], m[2], body
		return q, nil
	}
	text, err := io.ReadAll(io.LimitReader(body, maxStatement+1))
	switch {
	case err != nil:
		return q, fmt.Errorf("read a statement: %w", err)
	case len(text) > maxStatement:
		return q, refuse(codeSyntax, fmt.Sprintf("Statement over %d bytes. (SYNTAX_ERROR)", maxStatement))
	case q.statement == "":
		q.statement = withoutComments(string(text))
	case len(text) > 0:
		q.statement += "\n" + string(text)
	}
	return q, nil
}

// readBody undoes the encodings of a body.
func readBody(r *http.Request, decompress bool) (io.Reader, error) {
	if r.Body == nil {
		return http.NoBody, nil
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil, refuse(codeNotImplemented, "The embedded engine has no external tables. (NOT_IMPLEMENTED)")
	}
	body := io.Reader(r.Body)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		plain, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("read a gzip body: %w", err)
		}
		body = plain
	default:
		return nil, refuse(codeNotImplemented, fmt.Sprintf("The embedded engine cannot read Content-Encoding %q. (NOT_IMPLEMENTED)", encoding))
	}
	if decompress {
		body = compress.NewReader(body)
	}
	return body, nil
}

// session is the settings that the statement runs with.
func (q request) session() map[string]string {
	if q.data == nil && (!insertHead.MatchString(q.statement) || selectWord.MatchString(q.statement)) {
		return q.settings
	}
	settings := maps.Clone(wholeInsert)
	maps.Copy(settings, q.settings)
	return settings
}

var (
	insertHead = regexp.MustCompile(`(?i)^INSERT\s`)
	selectWord = regexp.MustCompile(`(?i)\bSELECT\b`)
	// changesSession matches statements that would outlive themselves in the
	// connection they run on.
	changesSession = regexp.MustCompile(`(?i)^(SET|USE|CREATE\s+(OR\s+REPLACE\s+)?TEMPORARY)\s`)

	selectHead  = regexp.MustCompile(`(?i)^(SELECT|WITH)\s`)
	formatWord  = regexp.MustCompile(`(?i)\bFORMAT\s+(\w+)`)
	totalsWord  = regexp.MustCompile(`(?i)\bWITH\s+TOTALS\b`)
	concatenate = map[string]bool{ // formats of which two results, one after the other, are one
		"native": true, "csv": true, "tabseparated": true, "tsv": true, "tabseparatedraw": true, "tsvraw": true,
		"jsoneachrow": true, "jsoncompacteachrow": true, "rowbinary": true, "null": true,
	}
)

// streams says whether the result may be fetched in pieces. In doubt it may
// not: each piece is formatted by itself, and a header would be repeated.
func (q request) streams() bool {
	if !selectHead.MatchString(q.statement) || totalsWord.MatchString(q.statement) {
		return false
	}
	for _, m := range formatWord.FindAllStringSubmatch(q.statement, -1) {
		if !concatenate[strings.ToLower(m[1])] {
			return false
		}
	}
	return concatenate[strings.ToLower(q.format)]
}

// native says whether the result is blocks for clickhouse-go.
func (q request) native() bool {
	return q.format == "Native" && !formatWord.MatchString(q.statement)
}

// withoutComments cuts the comments at the head of a statement.
func withoutComments(statement string) string {
	for {
		statement = strings.TrimSpace(statement)
		switch {
		case strings.HasPrefix(statement, "--"), strings.HasPrefix(statement, "#"):
			_, statement, _ = strings.Cut(statement, "\n")
		case strings.HasPrefix(statement, "/*"):
			_, statement, _ = strings.Cut(statement, "*/")
		default:
			return statement
		}
	}
}
