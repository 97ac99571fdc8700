package courrier_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
)

func TestSubscriptions(t *testing.T) {
	folder := t.TempDir()
	s := courrier.OpenSubscriptions(folder)
	if list, err := s.List(); len(list) != 0 || err != nil {
		t.Errorf("no file: %v, %v", list, err)
	}
	one := courrier.Subscription{Subject: "b", Address: "b@example.fr", Confirmed: true}
	for _, err := range []error{s.Put(one), s.Put(courrier.Subscription{Subject: "a", Address: "a@example.fr"}), s.Done("b", "b@example.fr", 12), s.Done("b", "other@example.fr", 99), s.Done("none", "", 99)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	one.Sent = 12
	list, err := courrier.OpenSubscriptions(folder).List()
	if err != nil || len(list) != 2 || list[0].Subject != "a" || list[1] != one {
		t.Errorf("%+v, %v", list, err)
	}
	if err := errors.Join(s.Remove("b"), s.Remove("b")); err != nil {
		t.Error(err)
	}
	if _, ok, err := s.Of("b"); ok || err != nil {
		t.Errorf("removed, and there: %v", err)
	}
	path := filepath.Join(folder, "subscriptions.json")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(one); schemas.KindOf(err) != schemas.Unavailable {
		t.Errorf("an unreadable file is replaced: %v", err)
	}
}

func TestSigner(t *testing.T) {
	s := courrier.Signer{Key: []byte("key")}
	good := s.Sign("confirm", "a", "bc")
	if !s.Verify(good, "confirm", "a", "bc") {
		t.Error("its own signature is refused")
	}
	for name, ok := range map[string]bool{
		"another purpose":  s.Verify(good, "remove", "a", "bc"),
		"words moved":      s.Verify(good, "confirm", "ab", "c"),
		"words joined":     s.Verify(good, "confirm", "abc"),
		"another key":      courrier.Signer{Key: []byte("other")}.Verify(good, "confirm", "a", "bc"),
		"no signature":     s.Verify("", "confirm", "a", "bc"),
		"purpose in words": s.Verify(good, "confirma", "", "bc"),
	} {
		if ok {
			t.Errorf("%s: taken", name)
		}
	}
}

// A server that does not speak TLS is given neither the message nor the
// password, unless the operator said so.
func TestNothingGoesInTheClear(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			heard <- ""
			return
		}
		defer conn.Close()
		conn.SetReadDeadline(time.Now().Add(time.Second))
		fmt.Fprint(conn, "220 localhost\r\n")
		var all strings.Builder
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			switch verb, _, _ := strings.Cut(lines.Text(), " "); verb {
			case "EHLO":
				fmt.Fprint(conn, "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n")
			case "QUIT":
				fmt.Fprint(conn, "221 bye\r\n")
			default:
				fmt.Fprint(conn, "250 ok\r\n")
			}
		}
		heard <- all.String()
	}()
	server := courrier.Server{Address: l.Addr().String(), From: "m@example.fr", User: "mesure", Password: "hunter2", TLS: "starttls"}
	err = server.Send(t.Context(), courrier.Message{To: "a@example.fr", Subject: "x", Text: "secret"})
	l.Close()
	if schemas.KindOf(err) != schemas.Unavailable || schemas.SentenceOf(err) == "" {
		t.Errorf("%v, want Unavailable", err)
	}
	for verb := range strings.Lines(<-heard) {
		if strings.HasPrefix(verb, "AUTH") || strings.HasPrefix(verb, "MAIL") || strings.Contains(verb, "secret") {
			t.Errorf("it heard %q", verb)
		}
	}
	if err := server.Send(t.Context(), courrier.Message{To: "nobody"}); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("an address that is none: %v", err)
	}
	if err := (courrier.Server{Address: "127.0.0.1:1", From: "m@example.fr", TLS: "tls"}).Send(t.Context(), courrier.Message{To: "a@example.fr"}); schemas.KindOf(err) != schemas.Unavailable {
		t.Errorf("no server: %v", err)
	}
}
