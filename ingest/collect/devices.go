package collect

import (
	"fmt"
	"runtime"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// maxUserAgent is how much of a User-Agent is looked at, in bytes. Real
	// ones, in-app browsers included, stay below.
	maxUserAgent = 512
	// deviceCache is how many User-Agents are remembered: some 6 MB when full.
	deviceCache = 16384
)

// Family is what the collector keeps of a User-Agent.
type Family struct {
	Device  schemas.Device
	OS      schemas.OS
	Browser schemas.Browser
	Robot   bool
}

// Devices derives device, system and browser families from User-Agents by the
// definitions of ua-parser (uap-core). It is safe for concurrent use.
//
// Parsing one User-Agent costs a thousand times more than finding it in the
// cache. A flood of distinct ones is held by three bounds: only the first 512
// bytes count, regular expressions that cannot match are skipped (see
// definitions), and at most half of the processors parse at a time, so that
// hits of known browsers keep being answered.
type Devices struct {
	definitions *definitions
	cache       *lru.Cache[deviceKey, Family]
	parsing     chan struct{}
	metrics     *Metrics
}

type deviceKey struct{ userAgent, platform, mobile string }

// NewDevices compiles the definitions, which takes a tenth of a second.
func NewDevices(m *Metrics) (*Devices, error) {
	defs, err := newDefinitions()
	if err != nil {
		return nil, fmt.Errorf("compile the User-Agent definitions: %w", err)
	}
	return newDevices(defs, m)
}

func newDevices(defs *definitions, m *Metrics) (*Devices, error) {
	cache, err := lru.New[deviceKey, Family](deviceCache)
	if err != nil {
		return nil, err
	}
	return &Devices{
		definitions: defs, cache: cache, metrics: m,
		parsing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}, nil
}

// Of is the family of a User-Agent. The same arguments always give the same
// answer.
func (d *Devices) Of(userAgent string, hints Hints) Family {
	key := deviceKey{cut(userAgent, maxUserAgent), cut(hints.Platform, 32), cut(hints.Mobile, 8)}
	if f, ok := d.cache.Get(key); ok {
		return f
	}
	d.parsing <- struct{}{}
	defer func() { <-d.parsing }()
	if f, ok := d.cache.Get(key); ok { // parsed while we waited
		return f
	}
	d.metrics.parses.Inc()
	f := d.parse(key)
	d.cache.Add(deviceKey{
		strings.Clone(key.userAgent), strings.Clone(key.platform), strings.Clone(key.mobile),
	}, f)
	return f
}

func (d *Devices) parse(key deviceKey) Family {
	ua := sanitize(key.userAgent)
	lower := strings.ToLower(ua)
	os := familyOfOS(d.definitions.os(ua, lower), lower, key.platform)
	browser := d.definitions.browser(ua, lower)
	return Family{
		Device:  deviceClass(os, lower, key.mobile),
		OS:      os,
		Browser: familyOfBrowser(browser, os, lower),
		Robot:   isRobot(browser, lower) || d.definitions.spider(ua, lower),
	}
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// sanitize replaces what is not printable ASCII: User-Agents are ASCII, and
// folding the case of anything else would let the prefilter miss a match.
func sanitize(ua string) string {
	for i := range len(ua) {
		if c := ua[i]; c < ' ' || c > '~' {
			b := []byte(ua)
			for j := i; j < len(b); j++ {
				if b[j] < ' ' || b[j] > '~' {
					b[j] = '?'
				}
			}
			return string(b)
		}
	}
	return ua
}
