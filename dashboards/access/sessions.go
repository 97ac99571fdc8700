package access

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/entaudience/entaudience/schemas"
)

// Sessions remember who has logged in. It is safe for concurrent use.
type Sessions struct {
	manager *scs.SessionManager
	files   files
}

// SessionOptions say how long sessions live and where.
type SessionOptions struct {
	Folder   string        // the data folder
	Lifetime time.Duration // after which people log in again, whatever they do
	Secure   bool          // cookies travel on HTTPS only; false on loopback alone
	Log      *slog.Logger
}

// NewSessions opens nothing before a request comes.
func NewSessions(o SessionOptions) *Sessions {
	store := files{filepath.Join(o.Folder, "sessions")}
	m := scs.New()
	m.Store, m.HashTokenInStore = store, true
	m.Lifetime = o.Lifetime
	m.Cookie.Name, m.Cookie.Secure = cookieName("entaudience", o.Secure), o.Secure
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = true, http.SameSiteLaxMode, "/"
	m.Cookie.Persist = false // ends with the browser, if it comes first
	m.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		o.Log.Error("sessions unavailable", "error", err)
		http.Error(w, "Service momentanément indisponible : les sessions ne répondent pas.", http.StatusServiceUnavailable)
	}
	return &Sessions{m, store}
}

// cookieName binds a cookie to this host and to HTTPS wherever that can be.
func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// Keys of a session.
const (
	claimsKey = "claims"
	sinceKey  = "since"
)

// Wrap opens the session of each request.
func (s *Sessions) Wrap(next http.Handler) http.Handler { return s.manager.LoadAndSave(next) }

// begin logs somebody in, under a token that nobody has seen before.
func (s *Sessions) begin(ctx context.Context, c Claims, now time.Time) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	s.manager.Put(ctx, claimsKey, string(text))
	s.manager.Put(ctx, sinceKey, now.UnixNano())
	return nil
}

// claims is who the session of a request is of; ok is false when it is
// nobody's.
func (s *Sessions) claims(ctx context.Context) (c Claims, since time.Time, ok bool) {
	text := s.manager.GetString(ctx, claimsKey)
	if text == "" || json.Unmarshal([]byte(text), &c) != nil {
		return Claims{}, time.Time{}, false
	}
	return c, time.Unix(0, s.manager.GetInt64(ctx, sinceKey)), true
}

// Leave ends the session of a request, and tells whose it was.
func (s *Sessions) Leave(r *http.Request) (subject string, err error) {
	c, _, _ := s.claims(r.Context())
	return c.Subject, s.manager.Destroy(r.Context())
}

// Session is one that is running.
type Session struct {
	Subject, Name string
	Since, Until  time.Time
}

// Running lists the sessions by subject, then by age.
func (s *Sessions) Running() ([]Session, error) {
	var running []Session
	err := s.each(func(_ string, one Session) error { running = append(running, one); return nil })
	slices.SortFunc(running, func(a, b Session) int { return cmp.Or(cmp.Compare(a.Subject, b.Subject), a.Since.Compare(b.Since)) })
	return running, err
}

// End ends every session of a subject, and tells how many there were. Their
// next request is nobody's.
func (s *Sessions) End(subject string) (n int, err error) {
	err = s.each(func(token string, one Session) error {
		if one.Subject != subject {
			return nil
		}
		n++
		return s.files.Delete(token)
	})
	return n, err
}

func (s *Sessions) each(do func(token string, one Session) error) error {
	all, err := s.files.All()
	if err != nil {
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("sessions: %w", err))
	}
	for token, b := range all {
		until, values, err := s.manager.Codec.Decode(b)
		if err != nil {
			return fmt.Errorf("sessions: %w", err)
		}
		var c Claims
		text, _ := values[claimsKey].(string)
		since, _ := values[sinceKey].(int64)
		if json.Unmarshal([]byte(text), &c) != nil {
			continue
		}
		if err := do(token, Session{c.Subject, c.Name, time.Unix(0, since), until}); err != nil {
			return fmt.Errorf("sessions: %w", err)
		}
	}
	return nil
}
