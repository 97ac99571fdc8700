// Package courrier keeps who wants the weekly message, signs the links of
// messages, and hands messages to a mail server. It must not know what a
// message says.
package courrier

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/entaudience/entaudience/schemas"
)

// Subscription is one person who wants the weekly message.
type Subscription struct {
	Subject   string // of the person, as access knows them
	Address   string
	Confirmed bool         // somebody who reads the address has said yes
	Sent      schemas.Week // the week of the last message; 0 = none yet
}

// Subscriptions are a file of the data folder that its owner alone may read.
// They belong to one process; it is safe for concurrent use.
type Subscriptions struct {
	path string
	mu   sync.Mutex
}

// OpenSubscriptions is those of a data folder; none is made.
func OpenSubscriptions(folder string) *Subscriptions {
	return &Subscriptions{path: filepath.Join(folder, "subscriptions.json")}
}

// List gives all by subject.
func (s *Subscriptions) List() ([]Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	list := make([]Subscription, 0, len(all))
	for _, one := range all {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Subscription) int { return cmp.Compare(a.Subject, b.Subject) })
	return list, err
}

// Of gives the subscription of a subject.
func (s *Subscriptions) Of(subject string) (Subscription, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	one, ok := all[subject]
	return one, ok, err
}

// Put replaces the subscription of a subject.
func (s *Subscriptions) Put(one Subscription) error {
	return s.change(func(all map[string]Subscription) { all[one.Subject] = one })
}

// Remove forgets the subscription of a subject, if there is one.
func (s *Subscriptions) Remove(subject string) error {
	return s.change(func(all map[string]Subscription) { delete(all, subject) })
}

// Done notes the week of the message sent, unless the person has left or
// changed address meanwhile.
func (s *Subscriptions) Done(subject, address string, w schemas.Week) error {
	return s.change(func(all map[string]Subscription) {
		if one, ok := all[subject]; ok && one.Address == address {
			one.Sent = w
			all[subject] = one
		}
	})
}

func (s *Subscriptions) read() (map[string]Subscription, error) {
	all := map[string]Subscription{}
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("subscriptions: %w", err))
	}
	return all, nil
}

func (s *Subscriptions) change(do func(map[string]Subscription)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	if err != nil {
		return err
	}
	do(all)
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	t, err := os.CreateTemp(filepath.Dir(s.path), ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	defer os.Remove(t.Name())
	_, err = t.Write(text)
	if err = errors.Join(err, t.Sync(), t.Close()); err == nil {
		err = os.Rename(t.Name(), s.path)
	}
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	return nil
}

// Signer signs what links of messages say, so that a link opens what it was
// made for and nothing else.
type Signer struct{ Key []byte }

// Sign is the signature of some words for one purpose.
func (s Signer) Sign(purpose string, words ...string) string {
	h := hmac.New(sha256.New, s.Key)
	for _, w := range append([]string{purpose}, words...) {
		fmt.Fprintf(h, "%d:%s", len(w), w)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Verify says whether a signature is that of the words.
func (s Signer) Verify(signature, purpose string, words ...string) bool {
	return hmac.Equal([]byte(signature), []byte(s.Sign(purpose, words...)))
}

// Message is one to one reader.
type Message struct {
	To          string
	Subject     string
	Text        string
	Unsubscribe string // address that ends the subscription by one POST; "" = none
}

// Server is where messages are handed in.
type Server struct {
	Address        string // host:port
	From           string // "Mesure d'audience <noreply@example.fr>"
	User, Password string // no login when empty
	TLS            string // starttls, tls, or none
}

const sendTimeout = 30 * time.Second

// Send hands a message in. The error is Invalid when an address is none,
// Unavailable when the server does not take it.
func (s Server) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(s.From), msg.To(m.To)); err != nil {
		return &schemas.Error{Kind: schemas.Invalid, Sentence: "Ce n'est pas une adresse de courriel.", Err: fmt.Errorf("mail: %w", err)}
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" { // RFC 8058
		msg.SetGenHeader(mail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		msg.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	defer client.Close() //nolint:errcheck // a greeting that went wrong leaves the connection open
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return &schemas.Error{
			Kind: schemas.Unavailable, Sentence: "Le serveur de courriel n'a pas pris le message : réessayez plus tard.", Err: fmt.Errorf("mail: %w", err),
		}
	}
	return nil
}

func (s Server) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(number), mail.WithTimeout(sendTimeout), mail.WithTLSConfig(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})}
	switch s.TLS {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	return mail.NewClient(host, options...)
}
