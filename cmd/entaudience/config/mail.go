package config

import (
	"net"
	"net/mail"
	"slices"
)

// Mail configures the weekly message.
type Mail struct {
	Server   string `yaml:"server" env:"SERVER" help:"SMTP server host:port that takes the weekly message; empty sends none."`
	From     string `yaml:"from" env:"FROM" help:"Sender of the weekly message: Mesure <mesure@example.fr>."`
	User     string `yaml:"user" env:"USER" help:"Login at the SMTP server; empty logs in nowhere."`
	Password string `yaml:"password" env:"PASSWORD" help:"Password at the SMTP server."`
	TLS      string `yaml:"tls" env:"TLS" help:"How the SMTP server is spoken to: starttls, tls, or none (loopback only)."`
}

func (c Config) validateMail(add func(format string, args ...any)) {
	m := c.Mail
	if !slices.Contains([]string{"starttls", "tls", "none"}, m.TLS) {
		add("mail.tls: %q is not starttls, tls or none", m.TLS)
	}
	if m.Server == "" {
		return
	}
	if _, _, err := net.SplitHostPort(m.Server); err != nil {
		add("mail.server: %q is not host:port", m.Server)
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		add("mail.from: expected Name <address@host>")
	}
	if m.TLS == "none" && !loopback(m.Server) {
		add("mail.tls: none is for a server on this machine")
	}
	if c.Access.Mode == "none" {
		add("mail.server: the weekly message is for persons, and access.mode none knows none")
	}
}
