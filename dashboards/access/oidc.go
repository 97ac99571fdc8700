package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gorilla/securecookie"
	"golang.org/x/oauth2"

	"github.com/entaudience/entaudience/schemas"
)

// OIDC lets in the people that an OpenID Connect provider knows: authorization
// code with PKCE, state and nonce.
type OIDC struct {
	*Sessions
	o       OIDCOptions
	cookies *securecookie.SecureCookie
	client  *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until the provider has answered once
}

// OIDCOptions are what NewOIDC needs; Mapping may be nil.
type OIDCOptions struct {
	Issuer, ClientID, ClientSecret string
	// Public is the address of the pages as people type it: https://host.
	Public string
	// Scopes are asked for beside openid.
	Scopes []string
	// SubjectClaim names the person to the mapping and to the audit: sub,
	// preferred_username, email (only when the provider has verified it).
	SubjectClaim string
	NameClaim    string
	// AccessClaims hold grants or groups: text or a list; "a.b" is b within a.
	AccessClaims []string
	Mapping      *Mapping
	Sessions     *Sessions
	Secret       Secret
	Secure       bool // as of the sessions
	Audit        *Audit
	Clock        func() time.Time
}

// The provider has this long to answer, and a person to log in there.
const (
	providerTimeout = 15 * time.Second
	loginSeconds    = 600
)

// NewOIDC asks the provider nothing yet: it may start after us.
func NewOIDC(o OIDCOptions) *OIDC {
	c := securecookie.New(o.Secret.Key("login cookie"), o.Secret.Key("login cookie cipher"))
	c.MaxAge(loginSeconds).SetSerializer(securecookie.JSONEncoder{})
	return &OIDC{Sessions: o.Sessions, o: o, cookies: c, client: &http.Client{Timeout: providerTimeout}}
}

// Person is who logged in, with what the mapping gives them now.
func (p *OIDC) Person(r *http.Request) (Person, bool, error) {
	c, _, ok := p.claims(r.Context())
	if !ok {
		return Person{}, false, nil
	}
	return c.person(p.o.Mapping), true, nil
}

// Known is what the mapping gives a subject now. Groups are known only while
// the person is logged in: they open nothing here.
func (p *OIDC) Known(subject string) (Person, bool, error) { return known(p.o.Mapping, subject) }

// discover asks the provider once where its parts are. The error is
// Unavailable.
func (p *OIDC) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider == nil {
		// The provider keeps the context for fetching its keys later on.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.o.Issuer)
		if err != nil {
			return nil, nil, away(err)
		}
		p.provider = found
	}
	return p.provider, &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: p.provider.Endpoint(),
		RedirectURL: strings.TrimSuffix(p.o.Public, "/") + PathReturn,
		Scopes:      append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}, nil
}

func away(err error) error {
	return &schemas.Error{
		Kind: schemas.Unavailable, Sentence: "Le service d'identité ne répond pas : réessayez dans quelques minutes.",
		Err: fmt.Errorf("identity provider: %w", err),
	}
}

// pending is a login begun, in a cookie that only we can read and write.
type pending struct {
	State, Nonce, Verifier, Back string
}

func (p *OIDC) cookieName() string { return cookieName("entaudience-login", p.o.Secure) }

// Begin gives the provider's address to go to, and leaves the cookie that
// Finish wants back. The error is Unavailable when the provider is away.
func (p *OIDC) Begin(w http.ResponseWriter, r *http.Request, back string) (string, error) {
	_, config, err := p.discover(r.Context())
	if err != nil {
		return "", err
	}
	// Each is 256 random bits, made by the library for verifiers.
	begun := pending{oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), back}
	value, err := p.cookies.Encode(p.cookieName(), begun)
	if err != nil {
		return "", fmt.Errorf("login cookie: %w", err)
	}
	http.SetCookie(w, p.cookie(value, loginSeconds))
	return config.AuthCodeURL(begun.State, oidc.Nonce(begun.Nonce), oauth2.S256ChallengeOption(begun.Verifier)), nil
}

func (p *OIDC) cookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: p.cookieName(), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: p.o.Secure, SameSite: http.SameSiteLaxMode, // Lax: the provider's redirect brings it
	}
}

// errLogin is a login that did not end as it began.
func errLogin(why string, err error) error {
	return &schemas.Error{
		Kind: schemas.Forbidden, Sentence: "La connexion n'a pas abouti : recommencez.",
		Err: errors.Join(errors.New(why), err),
	}
}

// Finish begins the session of whoever the provider sends back, and gives the
// address they came from. The error is Forbidden when the answer is not that
// of a login begun here in this browser, Unavailable when the provider is
// away.
func (p *OIDC) Finish(w http.ResponseWriter, r *http.Request) (back string, err error) {
	subject := ""
	defer func() {
		e := Entry{Who: subject, What: WhatLogin, Path: PathReturn, Decision: decision(err == nil)}
		if err != nil {
			e.Why, _, _ = strings.Cut(err.Error(), "\n") // the rest repeats what the provider says
		}
		p.o.Audit.Note(e)
	}()
	http.SetCookie(w, p.cookie("", -1)) // it serves once
	begun, code, err := p.begun(r)
	if err != nil {
		return "", err
	}
	c, err := p.exchange(r.Context(), begun, code)
	if err != nil {
		return "", err
	}
	subject = c.Subject
	return begun.Back, p.begin(r.Context(), c, p.o.Clock())
}

// begun is the login that a request to PathReturn ends, and its code.
func (p *OIDC) begun(r *http.Request) (begun pending, code string, err error) {
	cookie, err := r.Cookie(p.cookieName())
	if err != nil {
		return begun, "", errLogin("no login was begun in this browser", err)
	}
	if err := p.cookies.Decode(p.cookieName(), cookie.Value, &begun); err != nil {
		return begun, "", errLogin("login cookie", err)
	}
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(begun.State)) != 1 {
		return begun, "", errLogin("state of another login", nil)
	}
	if e := q.Get("error"); e != "" {
		return begun, "", errLogin("the provider refused", fmt.Errorf("%.60q", e))
	}
	if q.Get("code") == "" {
		return begun, "", errLogin("no code", nil)
	}
	return begun, q.Get("code"), nil
}

// exchange turns the provider's code into claims.
func (p *OIDC) exchange(ctx context.Context, begun pending, code string) (Claims, error) {
	provider, config, err := p.discover(ctx)
	if err != nil {
		return Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(begun.Verifier))
	if err != nil {
		if _, unreachable := errors.AsType[*url.Error](err); unreachable {
			return Claims{}, away(err)
		}
		return Claims{}, errLogin("exchange of the code", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Claims{}, errLogin("no ID token", nil)
	}
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.o.ClientID, Now: p.o.Clock}).Verify(ctx, raw)
	if err != nil {
		return Claims{}, errLogin("ID token", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(begun.Nonce)) != 1 {
		return Claims{}, errLogin("nonce of another login", nil)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Claims{}, errLogin("claims", err)
	}
	if p.lacking(claims) && provider.UserInfoEndpoint() != "" {
		if err := p.more(ctx, provider, token, id.Subject, claims); err != nil {
			return Claims{}, err
		}
	}
	return p.read(claims)
}

// lacking says that some claim we read is not in the ID token: many providers
// give names and groups only when asked.
func (p *OIDC) lacking(claims map[string]any) bool {
	for _, name := range append([]string{p.o.SubjectClaim, p.o.NameClaim}, p.o.AccessClaims...) {
		if name != "" && len(claimed(claims, name)) == 0 {
			return true
		}
	}
	return false
}

// more adds the claims of the user info to those of the ID token, which win.
func (p *OIDC) more(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return away(err)
	}
	if info.Subject != subject {
		return errLogin("user info of somebody else", nil)
	}
	asked := map[string]any{}
	if err := info.Claims(&asked); err != nil {
		return errLogin("claims of the user info", err)
	}
	for name, v := range asked {
		if _, ok := claims[name]; !ok {
			claims[name] = v
		}
	}
	return nil
}

// read takes what we know a person by. Without a subject nobody is let in.
func (p *OIDC) read(claims map[string]any) (Claims, error) {
	c := Claims{Subject: first(claimed(claims, p.o.SubjectClaim)), Name: first(claimed(claims, p.o.NameClaim))}
	if c.Subject == "" {
		return c, errLogin("claim "+p.o.SubjectClaim+" missing", nil)
	}
	if verified, _ := claims["email_verified"].(bool); p.o.SubjectClaim == "email" && !verified {
		return c, errLogin("e-mail not verified by the provider", nil)
	}
	for _, name := range p.o.AccessClaims {
		c.Values = append(c.Values, claimed(claims, name)...)
	}
	return c, nil
}

// claimed gives the texts of a claim: one, or a list. "realm_access.roles" is
// roles within realm_access, unless there is a claim of that whole name.
func claimed(claims map[string]any, name string) []string {
	v, ok := claims[name]
	if outer, inner, dotted := strings.Cut(name, "."); !ok && dotted {
		within, _ := claims[outer].(map[string]any)
		return claimed(within, inner)
	}
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var texts []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				texts = append(texts, s)
			}
		}
		return texts
	}
	return nil
}

func first(ss []string) string {
	if len(ss) == 0 {
		return ""
	}
	return ss[0]
}
