package collect

import "time"

// The two paths of the plan's pixel. Both accept both dialects: what the query
// string holds says which one it is.
const (
	PathXiti  = "/hit.xiti"  // the 2021 plan, and the noscript image of the 2012 one
	PathXitif = "/hit.xitif" // the 2012 plan
)

// MaxQuery is the longest query string read, in bytes: what the web servers in
// front of an ENT accept as a whole request line. A longer one is refused as
// trop_long.
const MaxQuery = 8 << 10

// Hit is one request of the tag, as the browser sent it. It holds personal
// data: it must not be logged, published or kept.
type Hit struct {
	Received  time.Time // when the collector, or the log it is read from, saw it
	Path      string    // PathXiti or PathXitif
	Query     string    // raw query string, as sent; that of the body when a beacon has none in its URL
	UserAgent string
	Hints     Hints
	Objects   bool // Sec-GPC: 1, the browser's general objection to being measured
}

// Hints are the client hints that Chromium sends unasked, as raw header
// values; each may be empty.
type Hints struct {
	Platform string // Sec-CH-UA-Platform: "\"Android\"", "\"Chrome OS\"", …
	Mobile   string // Sec-CH-UA-Mobile: "?1" or "?0"
}
