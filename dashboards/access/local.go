package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/entaudience/entaudience/schemas"
)

// Local lets in the people who have an account here.
type Local struct {
	*Sessions
	Accounts *Accounts
	proxies  Proxies
	audit    *Audit
	clock    func() time.Time
	throttle *throttle
	hashes   chan struct{} // bounds the memory of hashing
	nobody   string        // the hash of no password, to spend the time of an unknown login
}

// LocalOptions are what NewLocal needs; all but Proxies are required.
type LocalOptions struct {
	Sessions *Sessions
	Accounts *Accounts
	Proxies  Proxies // in front, which say whose request it is
	Audit    *Audit
	Clock    func() time.Time
}

// NewLocal reads no account yet.
func NewLocal(o LocalOptions) (*Local, error) {
	nobody, err := argon2id.CreateHash("a password that opens nothing", o.Accounts.hashing)
	if err != nil {
		return nil, fmt.Errorf("local accounts: %w", err)
	}
	slow, err := newThrottle()
	if err != nil {
		return nil, fmt.Errorf("local accounts: %w", err)
	}
	return &Local{
		Sessions: o.Sessions, Accounts: o.Accounts, proxies: o.Proxies, audit: o.Audit, clock: o.Clock,
		throttle: slow, hashes: make(chan struct{}, 2), nobody: nobody,
	}, nil
}

// Person is the account of the request's session, as it is now: a grant taken
// away, a password changed or an account removed holds at once.
func (l *Local) Person(r *http.Request) (Person, bool, error) {
	c, since, ok := l.claims(r.Context())
	if !ok {
		return Person{}, false, nil
	}
	account, ok, err := l.Accounts.find(c.Subject)
	if err != nil || !ok || since.Before(account.Changed) {
		return Person{}, false, err
	}
	return l.Known(c.Subject)
}

// Known is the account of a subject, as it is now.
func (l *Local) Known(subject string) (Person, bool, error) {
	account, ok, err := l.Accounts.find(subject)
	if err != nil || !ok {
		return Person{}, false, err
	}
	g, err := ParseGrants(account.Access)
	if err != nil {
		return Person{}, false, schemas.WithKind(schemas.Unavailable, fmt.Errorf("account %s: %w", account.Login, err))
	}
	return Person{Subject: account.Login, Name: account.Name, Scopes: g.Scopes, Rights: g.Rights}, true, nil
}

// List gives the accounts by login.
func (l *Local) List() ([]Account, error) { return l.Accounts.List() }

// errPassword says the same of an unknown login and of a wrong password.
var errPassword = &schemas.Error{
	Kind: schemas.Forbidden, Sentence: "L'identifiant ou le mot de passe n'est pas le bon.", Err: errors.New("wrong login or password"),
}

var errThrottled = &schemas.Error{
	Kind: schemas.Forbidden, Sentence: "Trop d'essais : attendez quelques minutes, puis recommencez.", Err: errors.New("too many attempts"),
}

// Enter begins the session of whoever knows a login and its password. The
// error is Forbidden, with the sentence to show.
func (l *Local) Enter(r *http.Request, login, password string) error {
	address := l.proxies.client(r)
	if !l.throttle.take(login, address, l.clock()) {
		l.note(login, false, "too many attempts")
		return errThrottled
	}
	account, known, err := l.Accounts.find(login)
	if err != nil {
		return err
	}
	hash := l.nobody
	if known {
		hash = account.Hash
	}
	match, err := l.compare(r.Context(), password, hash)
	switch {
	case err != nil:
		return err
	case !known:
		l.note("", false, "unknown login") // what was typed may be a password
		return errPassword
	case !match:
		l.note(login, false, "wrong password")
		return errPassword
	}
	l.throttle.success(login)
	if err := l.begin(r.Context(), Claims{Subject: login, Name: account.Name}, l.clock()); err != nil {
		return err
	}
	l.note(login, true, "")
	return nil
}

// compare takes the same time for every password of an account.
func (l *Local) compare(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > passwordBytes {
		return false, nil
	}
	select {
	case l.hashes <- struct{}{}:
		defer func() { <-l.hashes }()
	case <-ctx.Done():
		return false, schemas.WithKind(schemas.Unavailable, ctx.Err())
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("account: %w", err)
	}
	return match, nil
}

func (l *Local) note(login string, in bool, why string) {
	// A throttled login may be anything typed: only accounts are named.
	if _, known, err := l.Accounts.find(login); err != nil || !known {
		login = ""
	}
	l.audit.Note(Entry{Who: login, What: WhatLogin, Path: PathLogin, Decision: decision(in), Why: why})
}

func decision(allowed bool) string {
	if allowed {
		return Allowed
	}
	return Refused
}
