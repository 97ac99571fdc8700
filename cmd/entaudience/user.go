package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// userCmd manages the accounts of access.mode local. A running server sees
// each change at the next request.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Make an account; the password is asked for."`
	List     userListCmd     `cmd:"" help:"List the accounts and what they open."`
	Remove   userRemoveCmd   `cmd:"" help:"Remove an account and end its sessions."`
	Password userPasswordCmd `cmd:"" help:"Change a password and end the sessions begun with the old one."`
	Scope    userScopeCmd    `cmd:"" help:"Replace the territories and rights of an account."`
}

type userAddCmd struct {
	passwordFlag
	Login  string   `arg:"" help:"Letters, digits, dot, dash or @."`
	Access []string `arg:"" optional:"" help:"Territories and rights: dsden:031, ecole:0310001A, export-national, administration, notes."`
	Name   string   `help:"How the person is called." placeholder:"NAME"`
}

type userListCmd struct{}

type userRemoveCmd struct {
	Login string `arg:""`
}

type userPasswordCmd struct {
	passwordFlag
	Login string `arg:""`
}

type userScopeCmd struct {
	Login  string   `arg:""`
	Access []string `arg:"" optional:"" help:"Territories and rights; none takes everything away."`
}

// Run makes an account.
func (c userAddCmd) Run(_ context.Context, a *app) error {
	password, err := c.password(a.stderr)
	if err != nil {
		return err
	}
	if err := a.accounts().Add(c.Login, c.Name, strings.Join(c.Access, " "), password); err != nil {
		return err
	}
	a.said(c.Login + " added")
	return nil
}

// Run lists the accounts.
func (userListCmd) Run(_ context.Context, a *app) error {
	list, err := a.accounts().List()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, one := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", one.Login, one.Access, one.Name)
	}
	return w.Flush()
}

// Run removes an account.
func (c userRemoveCmd) Run(_ context.Context, a *app) error {
	if err := a.accounts().Remove(c.Login); err != nil {
		return err
	}
	a.said(c.Login + " removed")
	return nil
}

// Run changes a password.
func (c userPasswordCmd) Run(_ context.Context, a *app) error {
	password, err := c.password(a.stderr)
	if err != nil {
		return err
	}
	if err := a.accounts().SetPassword(c.Login, password); err != nil {
		return err
	}
	a.said("password of " + c.Login + " changed")
	return nil
}

// Run replaces what an account opens.
func (c userScopeCmd) Run(_ context.Context, a *app) error {
	if err := a.accounts().SetGrants(c.Login, strings.Join(c.Access, " ")); err != nil {
		return err
	}
	a.said(c.Login + " opens: " + strings.Join(c.Access, " "))
	return nil
}

func (a *app) accounts() *access.Accounts { return access.OpenAccounts(a.config.DataDir, a.clock) }

// said tells what was done, and that it does nothing yet when accounts are
// not how people come in.
func (a *app) said(what string) {
	fmt.Fprintln(a.stdout, what)
	if mode := a.config.Access.Mode; mode != "local" {
		fmt.Fprintf(a.stdout, "access.mode is %s: accounts open nothing until it is local\n", mode)
	}
}

// passwordFlag is where a password comes from: never from the command line,
// which others can read.
type passwordFlag struct {
	PasswordFile string `help:"Read the password from the first line of a file; - is standard input." placeholder:"FILE"`
}

// password asks on a terminal, twice, or reads a file.
func (f passwordFlag) password(prompts io.Writer) (string, error) {
	switch f.PasswordFile {
	case "":
		return asked(prompts)
	case "-":
		return firstLine(os.Stdin)
	}
	file, err := os.Open(f.PasswordFile)
	if err != nil {
		return "", schemas.WithKind(schemas.Invalid, err)
	}
	defer file.Close()
	return firstLine(file)
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func asked(prompts io.Writer) (string, error) {
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", schemas.WithKind(schemas.Invalid, errors.New("no terminal to ask for the password: use --password-file"))
	}
	var answers [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(prompts, prompt)
		b, err := term.ReadPassword(terminal)
		fmt.Fprintln(prompts)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		answers[i] = string(b)
	}
	if answers[0] != answers[1] {
		return "", schemas.WithKind(schemas.Invalid, errors.New("the two passwords differ"))
	}
	return answers[0], nil
}
