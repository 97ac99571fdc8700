package access

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Proxies are the addresses of the reverse proxies whose headers are believed.
type Proxies []netip.Prefix

// ParseProxies reads addresses and CIDRs. The error is Invalid and names the
// one that is neither.
func ParseProxies(list []string) (Proxies, error) {
	var ps Proxies
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("%q is not an address or a CIDR", s))
			}
			p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		ps = append(ps, p.Masked())
	}
	return ps, nil
}

func (ps Proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(host)
	return a.WithZone("").Unmap()
}

// client is the address a request came from: the last one, seen from here,
// that is no proxy of ours. Only our proxies are believed about it.
func (ps Proxies) client(r *http.Request) string {
	a := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && ps.has(a); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		a = hop.Unmap()
	}
	return a.String()
}
