package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Access configures who may see what.
type Access struct {
	Mode     string        `yaml:"mode" env:"MODE" help:"Who asks: none (no login, refused unless both listeners are loopback), local, oidc or header."`
	Contact  string        `yaml:"contact" env:"CONTACT" help:"Whom a refused person is told to ask, in French; empty names nobody."`
	Lifetime time.Duration `yaml:"lifetime" env:"LIFETIME" help:"After this long people log in again."`
	Mapping  string        `yaml:"mapping" env:"MAPPING" help:"CSV file qui;acces that gives people and groups their territories and rights; reloaded when it changes."`
	Proxies  []string      `yaml:"proxies" env:"PROXIES" help:"Addresses or CIDRs of the reverse proxies whose headers are believed."`
	OIDC     OIDC          `yaml:"oidc" envPrefix:"OIDC_"`
	Header   Header        `yaml:"header" envPrefix:"HEADER_"`
}

// OIDC configures the identity provider of access.mode oidc.
type OIDC struct {
	Issuer       string   `yaml:"issuer" env:"ISSUER" help:"Identity provider, without /.well-known/openid-configuration."`
	ClientID     string   `yaml:"client_id" env:"CLIENT_ID" help:"Our name at the provider."`
	ClientSecret string   `yaml:"client_secret" env:"CLIENT_SECRET" help:"Our secret at the provider; empty for a public client."`
	Scopes       []string `yaml:"scopes" env:"SCOPES" help:"What the provider is asked for beside openid."`
	SubjectClaim string   `yaml:"subject_claim" env:"SUBJECT_CLAIM" help:"Claim that names a person to the mapping and to the audit."`
	NameClaim    string   `yaml:"name_claim" env:"NAME_CLAIM" help:"Claim that says how a person is called."`
	AccessClaims []string `yaml:"access_claims" env:"ACCESS_CLAIMS" help:"Claims that hold groups of the mapping, or territories and rights."`
}

// Header configures the headers of access.mode header.
type Header struct {
	Subject []string `yaml:"subject" env:"SUBJECT" help:"Headers that name the person; the first one sent counts."`
	Name    []string `yaml:"name" env:"NAME" help:"Headers that say how the person is called."`
	Access  []string `yaml:"access" env:"ACCESS" help:"Headers that hold groups of the mapping, or territories and rights."`
	Schools []string `yaml:"schools" env:"SCHOOLS" help:"Headers that hold the person's schools by UAI."`
}

func accessDefaults() Access {
	return Access{
		Mode: "none", Lifetime: 10 * time.Hour,
		OIDC: OIDC{Scopes: []string{"profile"}, SubjectClaim: "sub", NameClaim: "name"},
	}
}

// Public is the address that people type.
func (c Config) Public() string {
	if c.Serve.URL != "" {
		return strings.TrimSuffix(c.Serve.URL, "/")
	}
	return "http://" + c.Serve.Listen
}

// Secure says whether people come by HTTPS: cookies then travel no other way.
func (c Config) Secure() bool { return strings.HasPrefix(c.Public(), "https://") }

// Bounds of access.lifetime.
const (
	shortest = 5 * time.Minute
	longest  = 7 * 24 * time.Hour
)

func (c Config) validateAccess(add func(format string, args ...any)) {
	a := c.Access
	if c.Serve.URL != "" {
		u, err := url.Parse(c.Serve.URL)
		switch {
		case err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
			add("serve.url: expected https://host, without a path")
		case u.Scheme == "http" && !loopbackHost(u.Hostname()):
			add("serve.url: http is for loopback addresses; people log in by https")
		}
	}
	if a.Lifetime < shortest || a.Lifetime > longest {
		add("access.lifetime: %s is not between %s and %s", a.Lifetime, shortest, longest)
	}
	for _, p := range a.Proxies {
		_, err := netip.ParsePrefix(p)
		if _, other := netip.ParseAddr(p); err != nil && other != nil {
			add("access.proxies: %q is not an address or a CIDR", p)
		}
	}
	switch a.Mode {
	case "none":
		if !loopback(c.Collect.Listen) || !loopback(c.Serve.Listen) {
			add("access.mode: none is refused unless collect.listen and serve.listen are loopback addresses, such as 127.0.0.1:8080")
		}
		return
	case "local":
	case "oidc":
		c.validateOIDC(add)
	case "header":
		if len(a.Proxies) == 0 {
			add("access.proxies: access.mode header needs the addresses of the proxies it believes")
		}
		if len(a.Header.Subject) == 0 {
			add("access.header.subject: access.mode header needs the header that names the person")
		}
	default:
		add("access.mode: %q is not known: none, local, oidc or header", a.Mode)
		return
	}
	if c.Serve.URL == "" && !loopback(c.Serve.Listen) {
		add("serve.url: access.mode %s needs the address that people type, https://host", a.Mode)
	}
}

func (c Config) validateOIDC(add func(format string, args ...any)) {
	o := c.Access.OIDC
	u, err := url.Parse(o.Issuer)
	switch {
	case o.Issuer == "":
		add("access.oidc.issuer: access.mode oidc needs the identity provider")
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopbackHost(u.Hostname())):
		add("access.oidc.issuer: expected https://host")
	}
	if o.ClientID == "" {
		add("access.oidc.client_id: access.mode oidc needs our name at the provider")
	}
	if o.SubjectClaim == "" {
		add("access.oidc.subject_claim: must name a claim, such as sub")
	}
	if len(o.AccessClaims) == 0 && c.Access.Mapping == "" {
		add("access.mode: oidc opens nothing to anybody without access.oidc.access_claims or access.mapping")
	}
}
