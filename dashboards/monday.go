package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
)

// People know what a person may see today, without the person asking.
type People interface {
	// Known gives a person by subject; ok is false when they have no access any
	// more. The error is Unavailable.
	Known(subject string) (p access.Person, ok bool, err error)
}

// Letters are what the weekly message needs.
type Letters struct {
	Subscriptions *courrier.Subscriptions
	Signer        courrier.Signer
	Server        courrier.Server
	Public        string // address of the pages: https://host
	People        People
}

// The message goes on Monday morning, once the week before is counted; one
// that could not go then may still go for two days.
const (
	mondayHour   = 7
	mondayUntil  = 3 * 24 * time.Hour
	mondayTicker = 5 * time.Minute
)

// RunLetters sends the weekly messages until ctx is done.
func (s *Server) RunLetters(ctx context.Context) error {
	ticker := time.NewTicker(mondayTicker)
	defer ticker.Stop()
	for {
		s.SendLetters(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// SendLetters sends what is due now and tells how many messages went. One that
// does not go is an error of the log and a counter, and is tried again at the
// next call; whoever has no access any more is sent nothing.
func (s *Server) SendLetters(ctx context.Context) (sent int) {
	week := schemas.WeekOf(s.clock())
	if age := s.clock().Sub(week.Start()); age < mondayHour*time.Hour || age > mondayUntil {
		return 0
	}
	list, err := s.letters.Subscriptions.List()
	if err != nil {
		s.letterFailed(ctx, "", err)
		return 0
	}
	for _, one := range list {
		if !one.Confirmed || one.Sent >= week || ctx.Err() != nil {
			continue
		}
		gone, err := s.sendLetter(ctx, one, week)
		if err != nil {
			s.letterFailed(ctx, one.Subject, err)
			continue
		}
		if gone {
			sent++
			s.metrics.letters.WithLabelValues("sent").Inc()
		}
	}
	return sent
}

func (s *Server) letterFailed(ctx context.Context, subject string, err error) {
	s.metrics.letters.WithLabelValues("failed").Inc()
	s.log.ErrorContext(ctx, "weekly message not sent", "who", subject, "error", err)
}

// sendLetter sends one message; sent is false when there is nothing to say to
// this person.
func (s *Server) sendLetter(ctx context.Context, one courrier.Subscription, week schemas.Week) (sent bool, err error) {
	p, ok, err := s.letters.People.Known(one.Subject)
	if err != nil || !ok {
		return false, err
	}
	text, err := s.letterText(access.With(ctx, p), p)
	if err != nil || text == "" {
		return false, err
	}
	unsubscribe := s.letterLink(pathUnsubscribe, one.Subject, one.Address)
	err = s.letters.Server.Send(ctx, courrier.Message{
		To: one.Address, Subject: "Vos écoles, semaine du " + Jour(week.Previous().Monday()),
		Text: text + "\nNe plus recevoir ce message : " + unsubscribe + "\n", Unsubscribe: unsubscribe,
	})
	if err != nil {
		return false, err
	}
	return true, s.letters.Subscriptions.Done(one.Subject, one.Address, week)
}

// letterText is the list of each of the person's circonscriptions, read as the
// person would read it; "" when they have none.
func (s *Server) letterText(ctx context.Context, p access.Person) (string, error) {
	var text strings.Builder
	for _, scope := range p.Scopes {
		if scope.Niveau != schemas.Circonscription {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, pageTimeout)
		err := s.letterPart(ctx, &text, scope)
		cancel()
		if err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

func (s *Server) letterPart(ctx context.Context, text *strings.Builder, scope schemas.Scope) error {
	r, err := http.NewRequestWithContext(withScope(ctx, scope), http.MethodGet, scope.Path(), nil)
	if err != nil {
		return err
	}
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	for _, load := range []func(context.Context, Reader) error{d.loadState, d.loadSide} {
		if err := d.load(ctx, s.reader, load); err != nil {
			return err
		}
	}
	b, err := d.watchBlock()
	if err != nil {
		return err
	}
	fmt.Fprintf(text, "%s\n\n", d.names.label(scope))
	for _, line := range filled(append([]string{b.Lead}, append(slices.Clone(b.Notes), b.Empty)...)...) {
		fmt.Fprintf(text, "%s\n\n", line)
	}
	if d.watch != nil {
		for _, it := range d.watch.Items {
			fmt.Fprintf(text, "- %s (%s) : %s\n  %s\n", it.Name, kindWords[it.Kind].Label, reason(it), s.letters.Public+"/ecole/"+string(it.UAI))
		}
	}
	fmt.Fprintf(text, "\nToute la liste : %s\n%s\n\n", s.letters.Public+scope.Path()+viewWatch, d.asOf.Last()+", "+d.asOf.Pending()+".")
	return nil
}

// letterLink is a link that only we could have made.
func (s *Server) letterLink(path, subject, to string) string {
	q := url.Values{"qui": {subject}, "adresse": {to}, "signature": {s.letters.Signer.Sign(path, subject, to)}}
	return s.letters.Public + address(path, q)
}
